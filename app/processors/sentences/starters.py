# ruff: noqa: RUF001 - letters of other scripts
"""Words that often begin a sentence, by language: what tells "in the U.S. He" from "the U.S. Senate"."""

from functools import cache
from typing import Final

_STARTERS: Final = {
    "en": "the a an he she it they we you i this that these those there in on at for from by with as but and or"
    " so if when while after before since until although because however its his her their our my your who"
    " what where why how no yes not then now here each every all some many most another both nobody nothing"
    " everybody somebody also only even today later is are was were do does did can may please thus"
    " therefore such once during between none",
    "de": "der die das ein eine einen einem einer er sie es wir ihr ich man dies diese dieser dieses jeder jede"
    " in im am an auf aus bei mit nach seit von vom vor zu zum zur für durch gegen ohne um unter über aber"
    " und oder denn doch wenn als weil obwohl während nachdem bevor dann danach dort hier heute nun jetzt so"
    " auch nur noch schon nicht kein keine niemand alle viele einige beide sein seine ihre unser was wer wie"
    " wo warum damit dabei dazu deshalb daher außerdem jedoch allerdings trotzdem mehr bitte ist sind war"
    " hat wird",
    "fr": "le la les l' un une des il elle ils elles on nous vous je ce cet cette ces c'est dans en à au aux sur"
    " sous par pour avec sans de du mais et ou si quand comme lorsque puis ensuite alors ici aujourd'hui"
    " tout tous chaque son sa ses leur leurs notre qui que où ne pas personne rien aussi depuis après avant"
    " lors cependant d'autres",
    "es": "el la los las un una él ella ellos ellas yo nosotros este esta estos estas ese eso en a al con sin por"
    " para de desde hasta pero y o si cuando como aunque luego después entonces aquí hoy todo todos cada su"
    " sus qué quién no nadie nada también otras otros allí se",
    "it": "il lo la i gli le un una egli lui lei essi loro noi io questo questa questi in nel nella a al con"
    " senza per di da dal ma e o se quando come poi dopo allora qui oggi tutto tutti ogni suo sua chi che"
    " non nessuno anche altri altre è",
    "pt": "o a os as um uma ele ela eles elas eu nós este esta esse isso em no na com sem por para de desde mas e"
    " ou se quando como embora depois então aqui hoje tudo todos cada seu sua quem que não ninguém nada"
    " também outras",
    "nl": "de het een hij zij ze wij we ik dit dat deze die in op aan bij met na sinds van voor door zonder maar"
    " en of als toen omdat hoewel dan daarna daar hier nu ook alleen niet geen niemand alle veel andere zijn"
    " haar wat wie",
    "pl": "on ona ono oni one ja my ten ta to te w we na do z ze od dla po przed przez ale i a lub jeśli gdy"
    " kiedy potem później wtedy tam tu dziś teraz nie nikt nic wszystko wszyscy każdy jego jej kto co jak"
    " inne był była",
    "ru": "он она оно они я мы вы это этот эта эти в во на с со из к от для по до при но и а или если когда потом"
    " затем тогда там здесь сегодня теперь не никто ничего всё все каждый его её их кто что как другие был"
    " была",
    "uk": "він вона воно вони я ми це цей ця ці в у на з із до від для по при але і й та або якщо коли потім тоді"
    " там тут сьогодні не ніхто все всі його її хто що як інші",
    "cs": "on ona ono oni já my ten ta to ti v ve na do z ze od pro po před ale i a nebo když pokud potom pak"
    " tehdy tam tady dnes ne nikdo nic vše všichni každý jeho její kdo co jak jiné byl byla je",
    "sv": "den det de en ett han hon vi jag detta denna dessa i på av till från med för efter före utan men och"
    " eller om när eftersom sedan då där här nu idag inte ingen alla många andra hans hennes vad vem hur",
    "da": "den det de en et han hun vi jeg dette denne disse i på af til fra med for efter før uden men og eller"
    " hvis når fordi så da der her nu ikke ingen alle mange andre hans hendes hvad hvem hvor",
    "nb": "den det de en et han hun vi jeg dette denne disse i på av til fra med for etter før uten men og eller"
    " hvis når fordi så da der her nå ikke ingen alle mange andre hans hennes hva hvem hvor alt",
    "fi": "hän he se ne me minä tämä tuo nämä mutta ja tai jos kun koska sitten siellä täällä nyt ei kukaan"
    " kaikki muut mikä kuka",
    "el": "ο η το οι τα ένας μια αυτός αυτή αυτό σε στο στη στην με από για αλλά και ή αν όταν μετά τότε εκεί εδώ"
    " σήμερα τώρα δεν κανείς όλα όλοι άλλα ήταν είναι",
    "tr": "o bu şu bir ben biz onlar ve ama fakat eğer sonra orada burada bugün şimdi her hiç kim ne nasıl diğerleri",
    "hu": "a az egy ő ők ez én mi és de vagy ha amikor mert azután ott itt ma most nem senki minden más ki hogyan",
    "ro": "el ea ei ele un o acest această în la cu de pe pentru dar și sau dacă când apoi atunci aici acum nu nimeni",
    "bg": "той тя то те аз ние това този в на с от за до но и или ако когато после там тук днес не никой всичко",
    "hr": "on ona ono oni ja mi to taj u na s od za do ali i ili ako kad zatim onda tamo ovdje danas ne nitko sve",
}
# Before a figure with a point these say that it counts: "am 3.", "die 2."
_COUNTING: Final = """am im vom zum zur beim der die das dem den des dieser diesem seinem ihrem seinen ihren ins ab
seit bis ende anfang mitte det på om"""
_ELIDED: Final = frozenset({"l'", "d'", "c'", "s'", "i'", "it'"})


@cache
def _words(language: str | None) -> frozenset[str]:
    listed = [_STARTERS["en"], _STARTERS[language]] if language in _STARTERS else _STARTERS.values()
    return frozenset(" ".join(listed).split())


def is_starter(word: str, language: str | None) -> bool:
    """Say whether a word often begins a sentence in this language; None: in any."""
    folded = word.casefold().replace("’", "'")
    return folded in _words(language) or folded[: folded.find("'") + 1] in _ELIDED


def is_counting(word: str) -> bool:
    """Say whether a word before a figure says that the figure counts, as in "am 3. Mai"."""
    return word.casefold() in _COUNTING.split()
