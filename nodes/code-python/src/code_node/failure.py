"""An error whose cause is known: how it is told is up to us, not to Python."""


class Failure(Exception):
    def __init__(self, code, message, line=None, column=None):
        super().__init__(message)
        self.code = code
        self.line = line
        self.column = column


def wrong(message):
    """Of what the code returned."""
    return Failure("code-result", message)
