"""Unified social credit codes (统一社会信用代码, GB 32100-2015)."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = [pow(3, i, 31) for i in range(17)]


def check_character(first_17: str) -> str:
    """Return the check character for the first 17 characters (GB 32100-2015, 附录).

    Raises ValueError when a character is not of the code's alphabet (I, O, S, V, Z are not).
    """
    total = sum(ALPHABET.index(c) * w for c, w in zip(first_17, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def is_valid(code: str) -> bool:
    """Tell whether `code` has 18 characters and a right check character."""
    if len(code) != 18 or any(c not in ALPHABET for c in code):
        return False
    return check_character(code[:17]) == code[17]
