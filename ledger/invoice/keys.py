"""Check digits and dates: what EN 16931's own rules let pass. Results are cached, parties return often."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from stdnum import ean, get_cc_module, iso11649
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from ledger.invoice.code_lists import COUNTRIES


@lru_cache(maxsize=4096)
def day(text: str) -> date | None:
    """The date, or None when there is no such day (30 February)."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def is_iban(text: str) -> bool:
    """Compact IBAN with right check digits, national ones included."""
    try:
        return str(IBAN(text, validate_bban=True)) == text
    except SchwiftyException:
        return False


@lru_cache(maxsize=2048)
def is_bic(text: str) -> bool:
    """BIC of 8 or 11 characters in upper case."""
    try:
        return str(BIC(text)) == text
    except SchwiftyException:
        return False


@lru_cache(maxsize=8192)
def is_siren(text: str) -> bool:
    """SIREN: nine digits with a Luhn digit."""
    return len(text) == 9 and bool(siren.is_valid(text))


@lru_cache(maxsize=8192)
def is_siret(text: str) -> bool:
    """SIRET: fourteen digits with their own check (La Poste's is another)."""
    return len(text) == 14 and bool(siret.is_valid(text))


@lru_cache(maxsize=2048)
def is_gln(text: str) -> bool:
    """GLN: thirteen digits with a check digit."""
    return len(text) == 13 and bool(ean.is_valid(text))


@lru_cache(maxsize=2048)
def is_rf(text: str) -> bool:
    """ISO 11649 creditor reference."""
    return bool(iso11649.is_valid(text))


def has_vat_prefix(text: str) -> bool:
    """Whether a VAT number begins with a country code (BR-CO-09: Greece is EL)."""
    return text[:2] in COUNTRIES or text[:2] == "EL"


@lru_cache(maxsize=8192)
def is_vat_number(text: str) -> bool:
    """VAT number with the check digits of its country; a country that we cannot check is believed."""
    if text != text.upper() or not text.isalnum():
        return False
    prefix = text[:2]
    if prefix == "EL" or prefix.lower() in eu_vat.MEMBER_STATES:
        return bool(eu_vat.is_valid(text))
    module = get_cc_module(prefix.lower(), "vat")
    if module is None:
        return True
    for number in (text, text[2:]):
        try:
            module.validate(number)
        except ValidationError:
            continue
        return True
    return False
