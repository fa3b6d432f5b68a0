"""Rules of the parties: identifiers with their check digits, countries, who is who, what the seal needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ledger.invoice.code_lists import COUNTRIES, EAS, ICD
from ledger.invoice.keys import (
    has_vat_prefix,
    is_gln,
    is_siren,
    is_siret,
    is_vat_number,
)
from ledger.invoice.model import Draft
from ledger.invoice.party import Address, OpenIdentifier, Party
from ledger.invoice.violation import Violation
from verifier.errors import Malformed
from verifier.facts import SIREN, SIRET, seller_id
from verifier.seal import check_legal_id

MAX_SELLER_NAME = 70
"""Bytes of UTF-8 that a seal has for the seller's name: the paper's name and the seal's must be the same."""

_CHECKED: Mapping[str, tuple[Callable[[str], bool], str]] = {
    SIREN: (is_siren, "SC-SIREN"),
    SIRET: (is_siret, "SC-SIRET"),
    "0088": (is_gln, "SC-GLN"),
}
"""Registers whose check digits we know."""


def check(draft: Draft, found: list[Violation]) -> None:
    """Append what is wrong with the parties."""
    seller, buyer = draft.seller, draft.buyer
    _party(seller, "/seller", found)
    _party(buyer, "/buyer", found)
    if len(seller.name) * 4 > MAX_SELLER_NAME and len(seller.name.encode()) > MAX_SELLER_NAME:
        found.append(Violation("SC-SEAL-NAME", "/seller/name"))
    _seller_id(seller, found)
    if draft.payee is not None:
        identifier(draft.payee.id, "/payee/id", "BR-CL-10", found)
        identifier(draft.payee.legal_id, "/payee/legal_id", "BR-CL-11", found)
    if draft.tax_representative is not None:
        _vat_id(draft.tax_representative.vat_id, "/tax_representative/vat_id", found)
        _address(draft.tax_representative.address, "/tax_representative/address", found)
    if draft.delivery is not None:
        identifier(draft.delivery.location, "/delivery/location", "BR-CL-26", found)
        if draft.delivery.address is not None:
            _address(draft.delivery.address, "/delivery/address", found)
    _same(seller, buyer, found)


def identifier(item: OpenIdentifier | None, where: str, rule: str, found: list[Violation]) -> None:
    """Append what is wrong with an identifier: its register, or its check digits in the registers we know."""
    if item is None or item.scheme is None:
        return
    if item.scheme not in ICD:
        found.append(Violation(rule, f"{where}/scheme", {"value": item.scheme}))
    check = _CHECKED.get(item.scheme)
    if check is not None and not check[0](item.value):
        found.append(Violation(check[1], f"{where}/value", {"value": item.value}))


def _party(party: Party, where: str, found: list[Violation]) -> None:
    if party.legal_id is not None:
        identifier(party.legal_id, f"{where}/legal_id", "BR-CL-11", found)
    for i, item in enumerate(party.ids or ()):
        identifier(item, f"{where}/ids/{i}", "BR-CL-10", found)
    if party.vat_id is not None:
        _vat_id(party.vat_id, f"{where}/vat_id", found)
        _siren_vat(party, where, found)
    if party.electronic_address is not None and party.electronic_address.scheme not in EAS:
        params = {"value": party.electronic_address.scheme}
        found.append(Violation("BR-CL-25", f"{where}/electronic_address/scheme", params))
    _address(party.address, f"{where}/address", found)


def _address(address: Address, where: str, found: list[Violation]) -> None:
    if address.country not in COUNTRIES:
        found.append(Violation("BR-CL-14", f"{where}/country", {"value": address.country}))


def _vat_id(number: str, pointer: str, found: list[Violation]) -> None:
    if not has_vat_prefix(number):
        found.append(Violation("BR-CO-09", pointer, {"value": number}))
    elif not is_vat_number(number):
        found.append(Violation("SC-VAT-ID", pointer, {"value": number}))


def _siren_vat(party: Party, where: str, found: list[Violation]) -> None:
    # A French VAT number is a key and the SIREN: two that disagree name two firms.
    legal, vat_id = party.legal_id, party.vat_id or ""
    if legal is not None and legal.scheme == SIREN and vat_id[:2] == "FR" and vat_id[4:] != legal.value:
        params = {"value": vat_id, "expected": legal.value}
        found.append(Violation("SC-SIREN-VAT", f"{where}/vat_id", params))


def _seller_id(seller: Party, found: list[Violation]) -> None:
    if seller.legal_id is None and seller.vat_id is None and not seller.ids:
        found.append(Violation("BR-CO-26", "/seller/legal_id"))
    legal = seller.legal_id
    if legal is not None and legal.scheme == SIREN:
        return
    try:
        check_legal_id(seller_id(seller.model_dump(exclude_none=True)), "/seller")
    except Malformed:
        found.append(Violation("SC-SEAL-SELLER", "/seller/legal_id"))


def _same(seller: Party, buyer: Party, found: list[Violation]) -> None:
    if seller.legal_id is not None and seller.legal_id == buyer.legal_id:
        found.append(Violation("SC-SAME-PARTY", "/buyer/legal_id"))
    elif seller.vat_id is not None and seller.vat_id == buyer.vat_id:
        found.append(Violation("SC-SAME-PARTY", "/buyer/vat_id"))
