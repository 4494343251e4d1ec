import re

from sandbox.internal_api.codes import code_digest, new_code, new_salt, token_digest, token_for


def test_codes_are_six_digits_whatever_they_begin_with() -> None:
    codes = {new_code() for _ in range(500)}
    assert all(re.fullmatch(r"[0-9]{6}", code) for code in codes)
    assert len(codes) > 450
    assert any(code.startswith("0") for code in codes)


def test_the_same_code_is_kept_differently_under_another_salt() -> None:
    one, other = new_salt(), new_salt()
    assert code_digest("123456", one) == code_digest("123456", one)
    assert code_digest("123456", one) != code_digest("123456", other)
    assert code_digest("123456", one) != code_digest("123457", one)
    assert "123456" not in code_digest("123456", one)


def test_a_token_is_its_verifications_own_and_nobodys_without_the_secret() -> None:
    token = token_for("id", "secret")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert token == token_for("id", "secret")
    assert len({token, token_for("other", "secret"), token_for("id", "other")}) == 3
    assert token_digest(token) != token
