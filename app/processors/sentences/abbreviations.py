# ruff: noqa: RUF001 - letters of other scripts
"""Abbreviations by language, and what each says about the sentence: data without rules.

An entry with a capital is one only with a capital (`Sat.`, not `sat.`); others in any case. Parts are written without
spaces and without the last point: `z.b` stands for "z. B." and "z.B.". A language's own entries go before those of
others, which count as well: texts quote each other's names and titles.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache, lru_cache
from typing import Final


class Kind(Enum):
    """What follows an abbreviation."""

    INSIDE = "inside"  # the sentence goes on: a title before a name, "e.g."
    NUMBER = "number"  # goes on before a figure; before anything else the token is an ordinary word
    OPEN = "open"  # ends the sentence only before a word that often begins one: "Inc.", "U.S."
    LAST = "last"  # ends the sentence before any capital: "etc."
    YEAR = "year"  # may end it behind a figure, as a short word for "year" in Russian; elsewhere as INSIDE


_INSIDE: Final = {
    "en": "Mr Mrs Ms Dr Prof Rev Hon Gen Col Maj Capt Cmdr Lt Sgt Cpl Pvt Adm Gov Sen Rep Pres Supt Messrs Mme"
    " Mlle St Ste Mt Ft e.g i.e eg ie cf viz vs approx ca resp incl excl a.k.a aka f.k.a w.r.t c.f Mx Fr Sr"
    " Br Drs Profs Ald Msgr Fig Figs Eq Eqs",
    "de": "dr prof hr hrn fr frl dipl ing phil med jur rer nat habil h.c st hl z.b d.h i.d.r u.a u.u s.o s.u i.e"
    " i.v.m i.s.v i.s.d i.h.v u.ä.m v.a v.l.n.r bzw ggf vgl evtl inkl exkl sog insb insbes bspw zzgl abzgl"
    " gem geb gest ca etw entspr lt einschl ausschl zz z.zt z.t z.hd z.hdn v n o b b.a.w ehem kath ev allg"
    " dgl jew mind mio mrd tsd str a.m a.d i.br m.e m.w n.a u.v.a u.z rd verw versch vorm wg hrsg i.a zw zus"
    " abt bearb begr bes betr dt engl frz ital lat span griech röm",
    "fr": "m mm MM mme mmes mlle dr me mgr st ste p.ex ex cf c.-à-d càd c.à.d env av apr boul bd éd resp prof vve sté",
    "es": "EE excmo excma exma sr sra srta sres sras dr dra d dña dñ ud uds vd vds p.ej ej av avda c/ gral ing"
    " lic arq prof profa pbro fr sto sta st mons exmo ilmo aprox tte cnel dpto depto",
    "it": "sig sigg sig.ra sig.na sig.ri dott dott.ssa prof prof.ssa ing avv arch geom rag on mons p.es es ad.es"
    " cfr c.d ca s ss gent spett egr p.zza v.le c.so",
    "pt": "sr sra srta srs sras dr dra drs prof profa eng enga arq exmo exma ilmo v v.ex d av p.ex ex fr sto sta"
    " st aprox adv",
    "nl": "dhr mevr mw mej dr drs prof ing ir mr ds st bijv bv d.w.z d.i o.a m.b.t i.v.m t.a.v t.o.v t.b.v m.i"
    " t.w i.p.v o.l.v n.a.v z.g zgn zg evt incl excl resp ca vgl m.n jhr ev mgr",
    "pl": "dr prof mgr inż hab ks św ul pl im np tj tzn tzw m.in ok por zob ww gen płk kpt ppłk pow woj gm lek"
    " red śp bp abp p.o wg właśc ang niem franc łac godz mln mld tys",
    "ru": "нач кон сер т.е тов им ул пр пл пер просп наб бул бульв д кв корп проф акад доц чл.-корр канд докт д-р"
    " св ред напр см ср т.н т.наз т.к т.о в в.т.ч и.о ок прим соч изд обл р-н пос дер с м ген полк кап лейт"
    " англ нем фр лат греч зам зав пом букв рис табл тыс до до.н н",
    "uk": "т.зв тов ім вул просп пл пров бул буд кв корп проф акад доц св напр див пор т.б м с обл р-н смт ген"
    " ред рис табл о тис до до.н н англ нім",
    "cs": "nar dr mudr judr phdr rndr ing mgr bc prof doc např tj tzn tzv sv ul nám tř č čís cca resp popř příp"
    " event mj mil mld tis hl zn t.zn p pí fa pplk plk gen kpt",
    "sk": "dr mudr judr phdr ing mgr bc prof doc napr tj tzn tzv sv ul nám č cca resp príp p",
    "sv": "dr prof t.ex ex bl.a d.v.s dvs s.k m.a.o p.g.a pga m.h.t fr.o.m t.o.m f.d ev resp ca kl jfr inkl exkl"
    " tel hr st leg s:t f.n o.d n.b näml ung ang avd",
    "da": "dr prof hr f.eks fx bl.a d.v.s dvs s.k pga p.g.a m.h.t ca kl jf inkl ekskl tlf nr evt ifm mht vedr skt"
    " sml st iht vha f.v.t t.o.m sr",
    "nb": "dr prof hr f.eks bl.a dvs d.v.s s.k pga p.g.a mht m.h.t ca kl jf inkl ekskl tlf nr evt ifm ift vedr st"
    " iflg hhv t.o.m f.o.m fork",
    "fi": "dr prof tri hra rva nti esim mm ns ks vrt n klo nk ts em mr yo fil maist toht lis huom",
    "el": "κ κα κος κκ δρ καθ π.χ δηλ βλ λ.χ αρ σελ κεφ τηλ οδ αγ στρ ταξ χλμ τ.μ περ πρβλ παρ λεωφ πλ συγκ",
    "tr": "m.ö m.s dr prof doç yrd av sn örn bkz krş mad cad sok mah st hz uzm alm ing fr yay çev haz müh op mim"
    " alb gen",
    "hu": "kr.e kr.u i.e i.sz dr prof ifj id özv szt pl ill ún kb ti vö ld bp u krt tel v ker mft ford",
    "ro": "dr prof dl d-l dna d-na dlui ing av sf str bd bl ex cca resp lt conf acad etaj mun jud",
    "bg": "д-р проф акад инж доц бул ул пл св гр с т.е т.нар напр вж ср тел жк бл вх ап ген полк",
    "hr": "dr prof mr ing dipl sv ul npr tj tzv tzn br usp g gđa gđica gosp",
    "hi": "डॉ श्री प्रो कु सुश्री श्रीमती पं ले कर्नल मि मिस रु सं क्र",
    "ar": "د أ أ.د م.م",
}
_NUMBER: Final = {
    "en": "no nos p pp vol vols ch chap sec sect art ed para pt ver ext tel fig figs eq eqs vs ss n nn § reg rev"
    " op ser app rt hwy rm apt cl",
    "de": "nr nrn s bd bde kap abb tab abs art ziff anm fn fußn aufl ausg jg jh jhd lfd rn rdnr rz bl tel fax ab"
    " heft hs kl ver vers zif anl postf pos",
    "fr": "p pp n no art fig chap vol t tel tél al ann éd r coll vers nos",
    "es": "n núm núms n.º n.ª pág págs p pp art arts fig figs cap caps vol vols t tel tlf tfno apdo sec s ss ed ap km",
    "it": "n nn num pag pagg p pp art artt fig figg cap capp vol voll sez tel all par col s sec ed",
    "pt": "n n.º n.ª núm pág págs p pp art arts fig figs cap caps vol vols tel sec séc ed t inc al apto",
    "nl": "nr nrs blz p pp art afb fig hfdst hst vol dl jrg tel par bijl lid verm ed",
    "pl": "nr s str art rys tab t rozdz ust pkt poz par tel vol zał m",
    "ru": "с стр рис табл гл т п пп ст ч № тел разд прил вып рубр каб эт оф д",
    "uk": "с стор рис табл гл т п пп ст ч тел розд дод вип оф",
    "cs": "s str č obr tab kap odst čl roč sv tel vyd",
    "sk": "s str č obr tab kap ods čl roč tel vyd",
    "sv": "s sid nr kap fig tab art vol tel st p bil",
    "da": "s nr kap fig tab art vol tlf stk bd bilag",
    "nb": "s nr kap fig tab art vol tlf pkt bd",
    "fi": "s nro no luku kuva art vol puh mom kpl",
    "el": "σ σσ σελ αρ άρθ αρθ κεφ εικ πιν τ τόμ παρ εδ",
    "tr": "s sf no c md vol böl şek tel nr",
    "hu": "o old sz bek fej ábra köt tel hsz",
    "ro": "nr p pag art fig cap vol alin lit tel et ap sc",
    "bg": "с стр фиг табл гл т чл ал бр",
    "hr": "s str br čl st sl tab gl",
}
_OPEN: Final = {
    "en": "Inc Ltd Co Corp Bros Jr Sr Ph.D M.D B.A M.A U.S U.K U.S.A U.N E.U D.C al et.al Ave Blvd Rd Dept Univ"
    " Assn Sun Mon Tue Tues Wed Thu Thur Thurs Fri Sat Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Ed"
    " Eds Op Intl Natl Est Calif Mass Penn Tex Wash Ont",
    "de": "usw etc u.s.w u.ä o.ä u.dgl u.v.m u.a.m ff f co Chr v.chr n.chr i.r a.d e.v a.m a.a.o Jan Feb Febr Apr"
    " Aug Sept Okt Nov Dez Mo Std Min Sek Jh Jhd Ges Verf Univ Hbf p.a inc ltd jun sen",
    "fr": "inc janv févr avr juill sept oct nov déc s.a s.a.r.l ltd r.-u é.-u",
    "es": "ee.uu UU s.a s.l c.v c.ía cía ltda hnos ene feb abr ago sept oct nov dic dto",
    "it": "s.p.a s.r.l s.n.c s.a.s gen feb mar apr mag giu lug ago sett ott nov dic f.lli c.c",
    "pt": "s.a cia ltda e.u.a eua fev abr ago set out dez jan jun jul nov lda",
    "nl": "b.v n.v jan feb mrt apr jun jul aug sept okt nov dec v.d v.h",
    "pl": "z.o.o o.o sp s.a r.p stycz lut kwiec wrz paźdz list grudz",
    "ru": "янв февр апр авг сент окт нояб дек",
    "cs": "s.r.o a.s",
    "sv": "jan feb mar apr jun jul aug sept okt nov dec",
    "da": "mio mia jan feb mar apr jun jul aug sept okt nov dec",
    "nb": "mill mrd jan feb mar apr jun jul aug sept okt nov des",
    "el": "ε.π.ε ιαν φεβ μαρ απρ ιουν ιουλ αυγ σεπ οκτ νοε δεκ",
    "tr": "a.ş ltd şti oca şub ağu eyl eki kas ara",
    "hu": "jan febr márc ápr máj jún júl aug szept okt nov dec",
    "ro": "ian feb mar apr iun iul aug sept oct nov dec",
}
_LAST: Final = {
    "en": "etc p.m a.m",
    "fr": "j.-c av.j.-c apr.j.-c etc",
    "es": "a.c d.c a.e.c etc p.m a.m hs",
    "it": "a.c d.c ecc etc p.m a.m",
    "pt": "a.c d.c etc p.m a.m",
    "nl": "v.chr n.chr enz etc e.d e.v e.a",
    "pl": "n.e p.n.e itd itp etc zł m.n.p.m",
    "ru": "шт н.э до.н.э т.д т.п др руб коп тыс млн млрд итд",
    "uk": "н.е до.н.е т.д т.п т.ін ін грн коп млн млрд",
    "cs": "n.l př.n.l atd apod aj hod kč",
    "sk": "atď apod a.i hod",
    "sv": "f.kr e.kr osv o.s.v m.m etc m.fl o.d kr mfl",
    "da": "f.kr e.kr osv o.s.v m.m etc m.fl m.v mv kr",
    "nb": "f.kr e.kr osv o.s.v m.m etc m.fl mv kr",
    "fi": "ekr jkr eaa jaa jne yms ym jms",
    "el": "π.χρ μ.χ α.ε κ.λπ κλπ κ.ά κ.τ.λ κτλ κ.ο.κ π.μ μ.μ",
    "tr": "vb vs vd",
    "hu": "stb",
    "ro": "etc ș.a ș.a.m.d lei",
    "bg": "т.н др лв ст",
    "hr": "itd",
}
_YEAR: Final = {
    "ru": "г гг в вв",
    "uk": "р рр ст",
    "bg": "г гг в",
    "pl": "r w",
    "cs": "r",
    "sk": "r",
}

# Ordinary words that look like another language's abbreviation.
_WORDS: Final = {
    "en": "ed eds am al so don mar max set out ago son ex en es me on im in do mind gest ab bes pp gen resp is os"
    " ill pl min pan sen best ti id ap ag op mm tab tel us no hi sing ing bl der had gem wed sat sun fri rep"
    " res up gov ver mass wash as par pat lit lid fan gr ad mod sid her haz em ts de d v n o",
    "de": "am im in es so er da ob ab mal den und art al kam set mit gen an um du do mir des her war bis pan min"
    " or mar out o",
    "fr": "me al en es on or ou son sur par ed set dom cap ni mi mal mer sol mar don os ses sa sous im tel app"
    " pan gr ver il",
    "es": "en es al no me son on ex mar fin da dos sol don cap out set pan os par ya ver mal ed sus tu dom gen",
    "it": "al no me il in un on or sol mar don set out con per ai ex par gli ed dei sia mi da ho",
    "pt": "al no nos em os me um on mar fim dos dom ver sem mal sol par ou com ao",
    "nl": "al no in en es op set dan ad me om er is ten den zo had was hen hem ex. mar kan best uit gem ver st ed",
    "pl": "al no on ale do na ma to co dom set pan pani os im ich jest po ob sam ten tam nim gen",
    "cs": "al no on do na to co dam set pan sen smrt krk vlk prst čtvrt krev pl ob",
    "sv": "al in om en ett set man var kan dem art hans den bil mar st ed sid son bad is er",
    "da": "al no en et om man set art den dem der var kan er is st ed bad el",
    "nb": "al no en et om man set art den dem der var kan er is st ed el",
    "ru": "до на от но не он мы вы там в с м",
    "uk": "до на не він да в с м",
    "tr": "al on bir bu ne set is var kan o haz c",
    "hu": "al id no el ki meg be az ez már sem nem ti o u",
}


@cache
def _tables(language: str | None) -> tuple[Mapping[str, Kind], Mapping[str, Kind]]:
    """Return the entries of a language and of English, which is quoted everywhere; and those of all languages."""
    kinds = ((Kind.LAST, _LAST), (Kind.OPEN, _OPEN), (Kind.YEAR, _YEAR), (Kind.INSIDE, _INSIDE), (Kind.NUMBER, _NUMBER))
    own, english, every = (
        {entry: kind for kind, listed in reversed(kinds) for entry in _entries(listed, name)}
        for name in (language or "", "en", None)
    )
    return {**english, **own}, every


def _entries(listed: Mapping[str, str], language: str | None) -> list[str]:
    return (" ".join(listed.values()) if language is None else listed.get(language, "")).split()


@lru_cache
def _is_word(folded: str, language: str | None) -> bool:
    own = " ".join(listed.get(language or "", "") for listed in (_INSIDE, _OPEN, _LAST, _YEAR)).casefold().split()
    return folded in _entries(_WORDS, language) and folded not in own


def kind_of(token: str, language: str | None) -> Kind | None:
    """Return what a token, written without spaces and without its last point, says, or None for an ordinary word.

    In a text of a known language, other languages' entries count with a capital only: those are titles and names.
    """
    near, every = _tables(language)
    folded = token.casefold()
    found = near.get(token) or near.get(folded) or (near.get(token.capitalize()) if token.isupper() else None)
    if found is None and not (language and token.islower()):
        is_shouted = token.isupper() and len(token) > 1 and "." not in token
        found = every.get(token) or (None if is_shouted else every.get(folded))
    is_word = (language is not None or token.islower()) and _is_word(folded, language)
    return Kind.NUMBER if found and is_word else found
