"""One mutation for each rule: the draft without it is clean, with it exactly that rule is broken there."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ledger.invoice.messages import MESSAGES

Build = Callable[..., dict[str, Any]]
Broken = Callable[[Any], list[tuple[str, str]]]

DELETE = ...  # survives a deep copy
IC = {"category": "K", "rate": "0", "exemption_code": "VATEX-EU-IC"}
AE = {"category": "AE", "rate": "0", "exemption_code": "VATEX-EU-AE"}
OUTSIDE = {"category": "O", "exemption_reason": "Hors champ"}


def put(data: dict[str, Any], pointer: str, value: Any) -> None:
    """Sets, adds ("-" at the end of a list) or deletes one member."""
    *path, last = pointer.strip("/").split("/")
    at: Any = data
    for step in path:
        at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
    if value is DELETE:
        del at[int(last) if isinstance(at, list) else last]
    elif isinstance(at, list):
        at.append(value) if last == "-" else at.__setitem__(int(last), value)
    else:
        at[last] = value


Mutation = tuple[str, str, dict[str, Any]]

MUTATIONS: list[Mutation] = [
    # presence and form
    ("BR-05", "/currency", {"/currency": DELETE}),
    ("BR-06", "/seller/name", {"/seller/name": DELETE}),
    ("BR-07", "/buyer/name", {"/buyer/name": DELETE}),
    ("BR-08", "/seller/address", {"/seller/address": DELETE}),
    ("BR-09", "/seller/address/country", {"/seller/address/country": DELETE}),
    ("BR-10", "/buyer/address", {"/buyer/address": DELETE}),
    ("BR-11", "/buyer/address/country", {"/buyer/address/country": DELETE}),
    ("BR-16", "/lines", {"/lines": []}),
    ("BR-16", "/lines", {"/lines": DELETE}),
    ("BR-17", "/payee/name", {"/payee": {}}),
    ("BR-22", "/lines/0/quantity", {"/lines/0/quantity": DELETE}),
    ("BR-25", "/lines/0/name", {"/lines/0/name": DELETE}),
    ("BR-26", "/lines/0/net_price", {"/lines/0/net_price": DELETE}),
    ("BR-CO-04", "/lines/0/vat", {"/lines/0/vat": DELETE}),
    ("BR-49", "/payment/0/means_code", {"/payment/0/means_code": DELETE}),
    ("BR-52", "/attachments/0/id", {"/attachments": [{}]}),
    ("BR-54", "/lines/0/attributes/0/value", {"/lines/0/attributes": [{"name": "Couleur"}]}),
    ("BR-55", "/preceding/0/number", {"/preceding": [{}]}),
    ("BR-57", "/delivery/address/country", {"/delivery": {"address": {"city": "Lyon"}}}),
    ("SC-REQUIRED", "/buyer/electronic_address/value", {"/buyer/electronic_address": {"scheme": "0225"}}),
    ("SC-NUMBER", "/number", {"/number": "F-2026-0001"}),
    ("SC-UNKNOWN", "/colour", {"/colour": "blue"}),
    ("SC-UNKNOWN", "/lines/0/a~1b~0c", {"/lines/0": {"a/b~c": "", "name": "A", "quantity": "1", "net_price": "1",
                                                    "vat": {"category": "S", "rate": "20"}}}),
    ("SC-TYPE", "/lines", {"/lines": {}}),
    ("SC-TYPE", "/seller", {"/seller": "Atelier"}),
    ("SC-TYPE", "/seller/name", {"/seller/name": 5}),
    ("SC-TYPE", "/due_terms/end_of_month", {"/due_terms": {"days": "3", "end_of_month": "maybe"}}),
    ("SC-FORM", "/due_terms/days", {"/due_terms": {"days": "-3"}}),
    ("SC-TOKEN", "/preceding/0/number", {"/preceding": [{"number": "F-1 "}]}),
    ("SC-LENGTH", "/lines/0/name", {"/lines/0/name": "x" * 201}),
    ("SC-LENGTH", "/preceding", {"/preceding": [{"number": "F-1"}] * 9}),
    ("SC-FORM", "/attachments/0/sha256", {"/attachments": [{"id": "A", "sha256": "00"}]}),
    ("SC-PERCENT-RANGE", "/lines/0/vat/rate", {"/lines/0/vat/rate": "101"}),
    ("SC-PERCENT-RANGE", "/lines/0/vat/rate", {"/lines/0/vat/rate": "-20"}),
    ("SC-DATE", "/due_date", {"/due_date": "2026-02-30"}),
    ("SC-DATE", "/due_date", {"/due_date": "20261001"}),
    ("SC-DATE", "/issue_date", {"/issue_date": "2026-06-31"}),
    ("SC-DATE", "/due_date", {"/due_date": "2026-10-01Z"}),
    # document
    ("BR-CL-01", "/type_code", {"/type_code": "999"}),
    ("BR-CL-04", "/currency", {"/currency": "EUX"}),
    ("BR-CL-04", "/currency", {"/currency": "XAU"}),
    ("BR-CL-05", "/tax_currency", {"/tax_currency": "XXX", "/tax_total_in_tax_currency": "1"}),
    ("BR-53", "/tax_total_in_tax_currency", {"/tax_currency": "USD"}),
    ("BR-DEC-15", "/tax_total_in_tax_currency", {"/tax_currency": "JPY", "/tax_total_in_tax_currency": "1.5"}),
    ("SC-TAX-CURRENCY", "/tax_currency", {"/tax_currency": "EUR", "/tax_total_in_tax_currency": "20.00"}),
    ("SC-TAX-CURRENCY", "/tax_currency", {"/tax_total_in_tax_currency": "20.00"}),
    ("BR-CL-06", "/tax_point_code", {"/tax_point_code": "5"}),
    ("BR-CO-03", "/tax_point_code", {"/tax_point_code": "35", "/tax_point_date": "2026-09-01"}),
    ("BR-CL-08", "/notes/-", {"/notes/-": {"subject_code": "ZZ1", "text": "Merci"}}),
    ("BR-CL-24", "/attachments/0/media_type", {"/attachments": [{"id": "A", "media_type": "text/html"}]}),
    ("BR-CO-19", "/period", {"/period": {}}),
    ("BR-29", "/period/end", {"/period": {"start": "2026-09-02", "end": "2026-09-01"}}),
    ("SC-DATE", "/period/start", {"/period": {"start": "2026-13-01"}}),
    ("SC-DATE", "/delivery/date", {"/delivery": {"date": "2026-02-29"}}),
    ("SC-DUE", "/due_terms", {"/due_terms": {"days": "30"}}),
    ("SC-DUE-BEFORE-ISSUE", "/due_date", {"/issue_date": "2026-10-02"}),
    ("SC-SEAL-DATE", "/due_date", {"/due_date": "2200-01-01"}),
    ("SC-SEAL-NUMBER", "/preceding/0/number", {"/preceding": [{"number": "x" * 36}]}),
    # payment
    ("BR-CL-16", "/payment/0/means_code", {"/payment/0/means_code": "99"}),
    ("BR-61", "/payment/0/iban", {"/payment/0/iban": DELETE}),
    ("BR-50", "/payment/0/iban", {"/payment": [{"means_code": "1", "bic": "AGRIFRPP"}]}),
    ("BR-51", "/payment/1/card_number", {"/payment/-": {"means_code": "48", "card_number": "4970101234567890"}}),
    ("SC-IBAN", "/payment/0/iban", {"/payment/0/iban": "FR7630006000011234567890188"}),
    ("SC-IBAN", "/payment/0/iban", {"/payment/0/iban": "FR76 3000 6000 0112 3456 7890 189"}),
    ("SC-IBAN", "/payment/0/iban", {"/payment/0/iban": "fr7630006000011234567890189"}),
    ("SC-BIC", "/payment/0/bic", {"/payment/0/bic": "AGRIFR"}),
    ("SC-ACCOUNT", "/payment/0/account", {"/payment/0/account": "12345"}),
    ("SC-SEAL-ACCOUNT", "/payment/0/account", {"/payment": [{"means_code": "30", "account": "1" * 35}]}),
    ("SC-RF", "/payment/0/reference", {"/payment/0/reference": "RF19539007547034"}),
    # parties
    ("BR-CO-26", "/seller/legal_id", {"/seller": {"name": "A", "tax_id": "123", "address": {"country": "BE"}}}),
    ("BR-CO-09", "/seller/vat_id", {"/seller/vat_id": "9996552100554"}),
    ("SC-VAT-ID", "/buyer/vat_id", {"/buyer": {"name": "B", "vat_id": "DE37", "address": {"country": "DE"}}}),
    ("SC-VAT-ID", "/seller/vat_id", {"/seller/vat_id": "FR23552100554"}),
    ("SC-SIREN", "/seller/legal_id/value", {"/seller/legal_id/value": "123456789", "/seller/vat_id": DELETE,
                                            "/seller/tax_id": "1"}),
    ("SC-SIRET", "/buyer/ids/0/value", {"/buyer/ids": [{"scheme": "0009", "value": "35600000000049"}]}),
    ("SC-GLN", "/buyer/ids/0/value", {"/buyer/ids": [{"scheme": "0088", "value": "1"}]}),
    ("SC-SIREN-VAT", "/seller/vat_id", {"/seller/vat_id": "FR39356000000"}),
    ("SC-SAME-PARTY", "/buyer/legal_id", {"/buyer/legal_id/value": "552100554", "/buyer/vat_id": "FR96552100554"}),
    ("BR-CL-10", "/buyer/ids/0/scheme", {"/buyer/ids": [{"scheme": "9999", "value": "1"}]}),
    ("BR-CL-11", "/buyer/legal_id/scheme", {"/buyer": {"name": "B", "legal_id": {"scheme": "XY", "value": "1"},
                                                       "address": {"country": "DE"}}}),
    ("BR-CL-14", "/buyer/address/country", {"/buyer/address/country": "XX"}),
    ("BR-CL-25", "/buyer/electronic_address/scheme", {"/buyer/electronic_address": {"scheme": "0001", "value": "1"}}),
    ("BR-CL-26", "/delivery/location/scheme", {"/delivery": {"location": {"scheme": "0", "value": "1"}}}),
    ("SC-SEAL-NAME", "/seller/name", {"/seller/name": "é" * 36}),
    ("SC-SEAL-SELLER", "/seller/legal_id", {"/seller": {"name": "A", "ids": [{"value": "1"}], "tax_id": "1",
                                                        "address": {"country": "US"}}}),
    # lines
    ("BR-28", "/lines/0/gross_price", {"/lines/0/gross_price": "-1", "/lines/0/price_discount": "-101"}),
    ("SC-PRICE", "/lines/0/net_price", {"/lines/0/gross_price": "120", "/lines/0/price_discount": "10"}),
    ("BR-CO-20", "/lines/0/period", {"/lines/0/period": {}}),
    ("BR-30", "/lines/0/period/end", {"/lines/0/period": {"start": "2026-09-02", "end": "2026-09-01"}}),
    ("BR-CL-15", "/lines/0/origin", {"/lines/0/origin": "ZZ"}),
    ("BR-CL-21", "/lines/0/standard_item_id/scheme", {"/lines/0/standard_item_id": {"scheme": "1", "value": "1"}}),
    ("SC-LINE-ID", "/lines/1/id", {"/lines/-": {"id": "1", "name": "B", "quantity": "1", "net_price": "1",
                                               "vat": {"category": "S", "rate": "20"}}}),
    ("BR-33", "/allowances/0/reason", {"/allowances": [{"amount": "1.00"}]}),
    ("BR-38", "/charges/0/reason", {"/charges": [{"amount": "1.00"}]}),
    ("BR-42", "/lines/0/allowances/0/reason", {"/lines/0/allowances": [{"amount": "1.00"}]}),
    ("BR-44", "/lines/0/charges/0/reason", {"/lines/0/charges": [{"amount": "1.00"}]}),
    ("BR-CL-19", "/allowances/0/reason_code", {"/allowances": [{"amount": "1.00", "reason_code": "ABC"}]}),
    ("BR-CL-20", "/charges/0/reason_code", {"/charges": [{"amount": "1.00", "reason_code": "95"}]}),
    ("SC-ADJUSTMENT", "/allowances/0/amount", {"/allowances": [{"reason": "R"}]}),
    ("SC-ADJUSTMENT-SIGN", "/charges/0/amount", {"/charges": [{"reason": "R", "amount": "-1.00"}]}),
    ("SC-PERCENT", "/allowances/0/amount", {"/allowances": [{"reason": "R", "percent": "10", "amount": "9.99"}]}),
    ("SC-PERCENT", "/lines/0/charges/0/amount", {"/lines/0/charges": [{"reason": "R", "percent": "1", "amount": "2"}]}),
    ("BR-DEC-01", "/allowances/0/amount", {"/allowances": [{"reason": "R", "amount": "1.001"}]}),
    ("BR-DEC-02", "/allowances/0/base", {"/allowances": [{"reason": "R", "percent": "1", "base": "1.001"}]}),
    ("BR-DEC-05", "/charges/0/amount", {"/charges": [{"reason": "R", "amount": "1.001"}]}),
    ("BR-DEC-06", "/charges/0/base", {"/charges": [{"reason": "R", "percent": "1", "base": "1.001"}]}),
    ("BR-DEC-24", "/lines/0/allowances/0/amount", {"/lines/0/allowances": [{"reason": "R", "amount": "1.001"}]}),
    ("BR-DEC-25", "/lines/0/allowances/0/base",
     {"/lines/0/allowances": [{"reason": "R", "percent": "1", "base": "1.001"}]}),
    ("BR-DEC-27", "/lines/0/charges/0/amount", {"/lines/0/charges": [{"reason": "R", "amount": "1.001"}]}),
    ("BR-DEC-28", "/lines/0/charges/0/base", {"/lines/0/charges": [{"reason": "R", "percent": "1", "base": "1.001"}]}),
    # VAT
    ("BR-CL-18", "/lines/0/vat/category", {"/lines/0/vat/category": "B"}),
    ("BR-48", "/lines/0/vat/rate", {"/lines/0/vat/rate": DELETE}),
    ("BR-S-05", "/lines/0/vat/rate", {"/lines/0/vat/rate": "0.0"}),
    ("BR-S-06", "/allowances/0/vat/rate",
     {"/allowances": [{"reason": "R", "amount": "1.00", "vat": {"category": "S", "rate": "0"}}]}),
    ("BR-S-07", "/charges/0/vat/rate",
     {"/charges": [{"reason": "R", "amount": "1.00", "vat": {"category": "S", "rate": "0"}}]}),
    ("BR-S-02", "/seller/vat_id", {"/seller/vat_id": DELETE}),
    ("BR-S-10", "/lines/0/vat/exemption_reason", {"/lines/0/vat/exemption_reason": "Aucune"}),
    ("BR-Z-05", "/lines/0/vat/rate", {"/lines/0/vat": {"category": "Z", "rate": "20"}}),
    ("BR-E-05", "/lines/0/vat/rate", {"/lines/0/vat": {"category": "E", "rate": "20", "exemption_reason": "X"}}),
    ("BR-E-10", "/lines/0/vat/exemption_reason", {"/lines/0/vat": {"category": "E", "rate": "0"}}),
    ("BR-E-02", "/seller/vat_id", {"/lines/0/vat": {"category": "E", "rate": "0", "exemption_reason": "X"},
                                   "/seller/vat_id": DELETE}),
    ("BR-AE-10", "/lines/0/vat/exemption_reason", {"/lines/0/vat": {"category": "AE", "rate": "0"}}),
    ("BR-AE-02", "/buyer/vat_id", {"/lines/0/vat": AE, "/buyer": {"name": "B", "address": {"country": "DE"}}}),
    ("BR-IC-02", "/buyer/vat_id", {"/lines/0/vat": IC, "/buyer": {"name": "B", "address": {"country": "DE"}},
                                   "/delivery": {"date": "2026-09-01", "address": {"country": "DE"}}}),
    ("BR-IC-11", "/delivery/date", {"/lines/0/vat": IC, "/delivery": {"address": {"country": "DE"}}}),
    ("BR-IC-12", "/delivery/address/country", {"/lines/0/vat": IC, "/delivery": {"date": "2026-09-01"}}),
    ("BR-G-10", "/lines/0/vat/exemption_reason", {"/lines/0/vat": {"category": "G", "rate": "0"}}),
    ("BR-G-02", "/seller/vat_id", {"/lines/0/vat": {"category": "G", "rate": "0", "exemption_reason": "Export"},
                                   "/seller/vat_id": DELETE, "/seller/tax_id": "1"}),
    ("BR-O-02", "/buyer/vat_id", {"/lines/0/vat": OUTSIDE, "/seller/vat_id": DELETE}),
    ("BR-O-05", "/lines/0/vat/rate", {"/lines/0/vat": {**OUTSIDE, "rate": "0"}, "/seller/vat_id": DELETE,
                                      "/buyer/vat_id": DELETE}),
    ("BR-CL-22", "/lines/0/vat/exemption_code",
     {"/lines/0/vat": {"category": "E", "rate": "0", "exemption_code": "VATEX-XX"}}),
    ("BR-AF-10", "/lines/0/vat/exemption_reason",
     {"/lines/0/vat": {"category": "L", "rate": "7", "exemption_reason": "IGIC"}}),
    ("SC-EXEMPTION", "/lines/1/vat/exemption_reason",
     {"/lines/0/vat": {"category": "E", "rate": "0", "exemption_reason": "A"},
      "/lines/-": {"name": "B", "quantity": "1", "net_price": "1",
                   "vat": {"category": "E", "rate": "0", "exemption_reason": "B"}}}),
    # given totals
    ("BR-CO-10", "/totals/lines", {"/totals": {"lines": "99.99"}}),
    ("BR-CO-11", "/totals/allowances", {"/totals": {"allowances": "0.01"}}),
    ("BR-CO-12", "/totals/charges", {"/totals": {"charges": "0.01"}}),
    ("BR-CO-13", "/totals/tax_exclusive", {"/totals": {"tax_exclusive": "100.01"}}),
    ("BR-CO-14", "/totals/tax", {"/totals": {"tax": "20.01"}}),
    ("BR-CO-15", "/totals/tax_inclusive", {"/totals": {"tax_inclusive": "120.01"}}),
    ("BR-CO-16", "/totals/due", {"/totals": {"due": "120.01"}}),
    ("BR-DEC-18", "/totals/due", {"/totals": {"due": "120.001"}}),
    ("BR-DEC-17", "/totals/rounding", {"/totals": {"rounding": "0.001"}}),
    ("BR-DEC-23", "/lines/0/net_amount", {"/lines/0/net_amount": "100.001"}),
    ("BR-S-08", "/vat_breakdown/0/taxable",
     {"/vat_breakdown": [{"category": "S", "rate": "20", "taxable": "99.99", "tax": "20.00"}]}),
    ("BR-CO-17", "/vat_breakdown/0/tax",
     {"/vat_breakdown": [{"category": "S", "rate": "20", "taxable": "100.00", "tax": "19.99"}]}),
    ("BR-CO-18", "/vat_breakdown",
     {"/vat_breakdown": [{"category": "S", "rate": "10", "taxable": "100.00", "tax": "20.00"}]}),
    ("SC-SEAL-NEGATIVE", "/totals/due", {"/totals": {"prepaid": "120.01"}}),
    ("BR-CO-25", "/due_date", {"/due_date": DELETE, "/buyer": {"name": "B", "address": {"country": "DE"}}}),
    # French law
    ("FR-SELLER-SIREN", "/seller/legal_id", {"/seller/legal_id": DELETE}),
    ("FR-BUYER-SIREN", "/buyer/legal_id", {"/buyer/legal_id": DELETE}),
    ("FR-DUE-DATE", "/due_date", {"/due_date": DELETE, "/terms": "30 jours"}),
    ("FR-TYPE", "/type_code", {"/type_code": "82"}),
    ("FR-PROCESS", "/process", {"/process": "X1"}),
    ("FR-RATE", "/lines/0/vat/rate", {"/lines/0/vat/rate": "19"}),
    ("FR-SIRET", "/buyer/ids/0/value", {"/buyer/ids": [{"scheme": "0009", "value": "55210055400013"}]}),
    ("FR-PRECEDING", "/preceding", {"/type_code": "381"}),
    ("FR-PRECEDING", "/preceding/0/issue_date", {"/type_code": "384", "/preceding": [{"number": "F-1"}]}),
    ("FR-TAX-EUR", "/tax_total_in_tax_currency", {"/currency": "USD"}),
]  # fmt: skip

DERIVED = {
    "BR-02", "BR-03", "BR-18", "BR-19", "BR-20", "BR-56",
    "SC-JSON", "SC-SIZE", "SC-DUPLICATE", "SC-NFC", "SC-TEXT", "SC-DECIMAL", "SC-LINE-NET", "SC-SPLIT",
    "SC-BASE-QUANTITY", "SC-CURRENCY-MIX", "SC-SEAL-AMOUNT", "SC-FONT", "BR-27", "BR-O-11", "FR-PMD", "FR-PMT", "FR-AAB",
    "FR-ONCE",
}  # fmt: skip
"""Rules whose tests stand elsewhere: cases, bugs, parsing, issuing, and the last tests of this file."""


@pytest.mark.parametrize(("rule", "pointer", "changes"), MUTATIONS, ids=[f"{m[0]}{m[1]}" for m in MUTATIONS])
def test_one_mutation_breaks_one_rule(
    draft: Build, broken: Broken, rule: str, pointer: str, changes: dict[str, Any]
) -> None:
    """The rule named is broken, at the place named; the unchanged draft is clean."""
    made = draft()
    assert broken(made) == []
    for place, value in changes.items():
        put(made, place, copy.deepcopy(value))
    found = broken(made)
    pointer = pointer.replace("/-", f"/{len(made['notes']) - 1}/subject_code")
    assert (rule, pointer) in found


def test_every_rule_of_the_catalogue_is_tested() -> None:
    """No message stands for a rule that no test breaks."""
    assert set(MESSAGES) - {rule for rule, _, _ in MUTATIONS} - DERIVED == set()


def test_representative(draft: Build, broken: Broken) -> None:
    """BR-18, 19, 20 and 56: a tax representative has name, address, country and VAT number."""
    assert set(broken(draft(tax_representative={}))) == {
        ("BR-18", "/tax_representative/name"),
        ("BR-19", "/tax_representative/address"),
        ("BR-56", "/tax_representative/vat_id"),
    }
    bare = {"name": "R", "vat_id": "FR96552100554", "address": {}}
    assert broken(draft(tax_representative=bare)) == [("BR-20", "/tax_representative/address/country")]


def test_outside_excludes_others(draft: Build, line: Build, broken: Broken) -> None:
    """BR-O-11: a document outside the scope of VAT has no other category."""
    made = draft(line(), line(vat=OUTSIDE))
    assert ("BR-O-11", "/lines") in broken(made)


def test_largest_amount(draft: Build, line: Build, broken: Broken) -> None:
    """Totals above 2^53 − 1 minor units are refused; the largest below is not."""
    assert broken(draft(*[line("75059937", "1000000.00")])) == []
    found = broken(draft(*[line("100000000", "1000000.00")]))
    assert found == [
        ("SC-SEAL-AMOUNT", "/totals/tax_inclusive"),
        ("SC-SEAL-AMOUNT", "/totals/due"),
    ]


def test_all_violations_at_once(draft: Build, line: Build, broken: Broken) -> None:
    """Rules of every kind are reported together, each once."""
    made = draft(
        line("1", "-1"),
        line(unit="HD"),
        line(currency="USD"),
        type_code="999",
        totals={"due": "1.00"},
    )
    made["payment"][0]["iban"] = "FR00"
    rules = [rule for rule, _ in broken(made)]
    assert {
        "BR-27",
        "BR-CL-23",
        "SC-CURRENCY-MIX",
        "BR-CL-01",
        "BR-CO-16",
        "SC-IBAN",
    } <= set(rules)
    assert len(rules) == len(set(rules))
