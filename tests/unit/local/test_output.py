import io

from app.local.output import Output, wants_colour


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return not self.closed


def test_every_line_names_its_process() -> None:
    stream = io.StringIO()
    output = Output(stream)
    output.line("api", "started \r")
    output.line("worker-12", "ready")
    output.say("up")
    assert stream.getvalue() == "api       | started\nworker-12 | ready\nheadrace  | up\n"


def test_colour_ends_before_the_line_itself() -> None:
    stream = io.StringIO()
    Output(stream, colour=True).line("worker-2", "ready")
    assert stream.getvalue() == "\x1b[36mworker-2  |\x1b[0m ready\n"


def test_colour_is_for_terminals_and_respects_no_color() -> None:
    assert wants_colour(Terminal(), "")
    assert not wants_colour(Terminal(), "1")
    assert not wants_colour(io.StringIO(), "")


def test_a_closed_terminal_is_noticed_and_never_raises() -> None:
    stream = Terminal()
    output = Output(stream)
    assert output.on_terminal()
    stream.close()
    assert not output.on_terminal()
    output.say("nobody reads this")
