# ruff: noqa: RUF001 - letters of other scripts
"""Names of months and weekdays in the languages of Europe, as texts and models write them."""

import unicodedata
from functools import cache
from typing import Final

# By language: the months in order, their forms parted by a slash (dictionary form, the form within a date, short forms
# that are no start of these). Source: CLDR's names of months, from general knowledge of these languages.
_MONTHS: Final = {
    "en": "january february march april may june july august september/sept october november december",
    "de": "januar/jänner februar/feber märz/mrz april mai juni juli august september/sept oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre/sept octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre/sept octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart/mrt april mei juni juli augustus september/sept oktober november december",
    "pl": "styczeń/stycznia luty/lutego marzec/marca kwiecień/kwietnia maj/maja czerwiec/czerwca lipiec/lipca"
    " sierpień/sierpnia wrzesień/września październik/października listopad/listopada grudzień/grudnia",
    "ru": "январь/января февраль/февраля март/марта апрель/апреля май/мая июнь/июня июль/июля август/августа"
    " сентябрь/сентября/сент октябрь/октября ноябрь/ноября/нояб декабрь/декабря",
    "uk": "січень/січня лютий/лютого березень/березня квітень/квітня травень/травня червень/червня липень/липня"
    " серпень/серпня вересень/вересня жовтень/жовтня листопад/листопада грудень/грудня",
    "bg": "януари февруари март април май юни юли август септември октомври ноември декември",
    "sr": "januar/januara/јануар/јануара februar/februara/фебруар/фебруара mart/marta/март/марта"
    " april/aprila/април/априла maj/maja/мај/маја jun/juna/juni/јун/јуна/јуни jul/jula/juli/јул/јула/јули"
    " avgust/avgusta/август/августа septembar/septembra/септембар/септембра oktobar/oktobra/октобар/октобра"
    " novembar/novembra/новембар/новембра decembar/decembra/децембар/децембра",
    "hr": "siječanj/siječnja veljača/veljače ožujak/ožujka travanj/travnja svibanj/svibnja lipanj/lipnja srpanj/srpnja"
    " kolovoz/kolovoza rujan/rujna listopad/listopada studeni/studenoga/studenog prosinac/prosinca",
    "sl": "januar/januarja februar/februarja marec/marca april/aprila maj/maja junij/junija julij/julija"
    " avgust/avgusta september/septembra oktober/oktobra november/novembra december/decembra",
    "cs": "leden/ledna únor/února březen/března duben/dubna květen/května červen/června/čvn červenec/července/čvc"
    " srpen/srpna září říjen/října listopad/listopadu prosinec/prosince",
    "sk": "január/januára február/februára marec/marca apríl/apríla máj/mája jún/júna júl/júla august/augusta"
    " september/septembra október/októbra november/novembra december/decembra",
    "hu": "január február március április május június július augusztus szeptember/szept október november december",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie/sept octombrie noiembrie/noi decembrie",
    "sv": "januari februari mars april maj juni juli augusti september/sept oktober november december",
    "da": "januar februar marts april maj juni juli august september/sept oktober november december",
    "nb": "januar februar mars april mai juni juli august september/sept oktober november desember",
    "fi": "tammikuu/tammikuuta helmikuu/helmikuuta maaliskuu/maaliskuuta huhtikuu/huhtikuuta toukokuu/toukokuuta"
    " kesäkuu/kesäkuuta/kesä heinäkuu/heinäkuuta elokuu/elokuuta/elo syyskuu/syyskuuta/syys lokakuu/lokakuuta/loka"
    " marraskuu/marraskuuta joulukuu/joulukuuta",
    "et": "jaanuar veebruar märts aprill mai juuni juuli august september/sept oktoober november detsember",
    "lv": "janvāris/janvārī februāris/februārī marts/martā aprīlis/aprīlī maijs/maijā jūnijs/jūnijā jūlijs/jūlijā"
    " augusts/augustā septembris/septembrī oktobris/oktobrī novembris/novembrī decembris/decembrī",
    "lt": "sausis/sausio vasaris/vasario kovas/kovo balandis/balandžio gegužė/gegužės birželis/birželio liepa/liepos"
    " rugpjūtis/rugpjūčio rugsėjis/rugsėjo spalis/spalio lapkritis/lapkričio gruodis/gruodžio",
    "el": "ιανουάριος/ιανουαρίου φεβρουάριος/φεβρουαρίου μάρτιος/μαρτίου απρίλιος/απριλίου μάιος/μαΐου"
    " ιούνιος/ιουνίου ιούλιος/ιουλίου αύγουστος/αυγούστου σεπτέμβριος/σεπτεμβρίου/σεπτ οκτώβριος/οκτωβρίου"
    " νοέμβριος/νοεμβρίου δεκέμβριος/δεκεμβρίου",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "ca": "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
    "id": "januari februari maret april mei juni juli agustus september/sept oktober november desember",
}
_ROMAN: Final = "i ii iii iv v vi vii viii ix x xi xii"
_WEEKDAYS: Final = """
monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonnabend
sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo
lunedì martedì mercoledì giovedì venerdì sabato domenica segunda-feira segunda terça-feira terça quarta-feira quarta
quinta-feira quinta sexta-feira sexta maandag dinsdag woensdag donderdag vrijdag zaterdag zondag poniedziałek wtorek
środa czwartek piątek sobota niedziela понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб
вс нд недеља понедељак уторак четвртак петак понеділок вівторок середа четвер п'ятниця субота неділя понеделник сряда
четвъртък петък събота неделя ponedeljak ponedjeljak utorak sreda srijeda četvrtak petak subota nedelja nedjelja
ponedeljek torek četrtek petek pondělí úterý středa čtvrtek pátek neděle pondelok utorok streda štvrtok piatok nedeľa
hétfő kedd szerda csütörtök péntek szombat vasárnap luni marți miercuri joi vineri sâmbătă duminică måndag tisdag
onsdag torsdag fredag lördag söndag mandag tirsdag lørdag søndag maanantai maanantaina tiistaina keskiviikkona
torstaina perjantaina lauantaina sunnuntaina tiistai keskiviikko torstai perjantai lauantai sunnuntai esmaspäev
teisipäev kolmapäev neljapäev reede laupäev pühapäev pirmdiena otrdiena trešdiena ceturtdiena piektdiena sestdiena
svētdiena pirmadienis antradienis trečiadienis ketvirtadienis penktadienis šeštadienis sekmadienis δευτέρα τρίτη
τετάρτη πέμπτη παρασκευή σάββατο κυριακή pazartesi salı çarşamba perşembe cuma cumartesi pazar dilluns dimarts
dimecres dijous divendres dissabte diumenge senin selasa rabu kamis jumat sabtu minggu feira ятниця
"""
_MIN_CHARS = 3
_MIN_CHARS_IN = {"fi": 5}  # "mar" is March, although marraskuu is November
_MIN_WEEKDAY_CHARS = 2
_SAME = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "ђ": "d", "’": "'", "ʼ": "'"})


def plain_word(word: str) -> str:
    """Return a word without accents, in lower case."""
    folded = unicodedata.normalize("NFKD", word.casefold().replace("i̇", "i"))
    return "".join(char for char in folded if not unicodedata.combining(char)).translate(_SAME)


def months_named(word: str) -> dict[int, frozenset[str]]:
    """Return the months that a word names, with the languages: whole names, else their starts of three letters."""
    plain = plain_word(word)
    whole, starts = _names()
    return whole.get(plain) or starts.get(plain) or {}


def is_weekday(word: str) -> bool:
    """Say whether a word is a day's name, or its start of two letters or more."""
    return plain_word(word) in _weekdays()


def is_calendar(name: str) -> bool:
    """Say whether a name is the whole name of a day or a month."""
    plain = plain_word(name)
    return plain in _names()[0] or plain in {plain_word(day) for day in _WEEKDAYS.split()}


@cache
def _names() -> tuple[dict[str, dict[int, frozenset[str]]], dict[str, dict[int, frozenset[str]]]]:
    whole: dict[str, dict[int, frozenset[str]]] = {}
    starts: dict[str, dict[int, frozenset[str]]] = {}
    for language, names in [*_MONTHS.items(), ("", _ROMAN)]:
        least = _MIN_CHARS_IN.get(language, _MIN_CHARS)
        for month, forms in enumerate(names.split(), start=1):
            for form in map(plain_word, forms.split("/")):
                _add(whole, form, month, language)
                for end in range(least, len(form) if language else 0):
                    _add(starts, form[:end], month, language)
    return whole, starts


def _add(found: dict[str, dict[int, frozenset[str]]], word: str, month: int, language: str) -> None:
    months = found.setdefault(word, {})
    months[month] = months.get(month, frozenset()) | {language}


@cache
def _weekdays() -> frozenset[str]:
    names = [plain_word(name) for name in _WEEKDAYS.split()]
    return frozenset(name[:end] for name in names for end in range(_MIN_WEEKDAY_CHARS, len(name) + 1))
