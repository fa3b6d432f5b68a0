"""Who is named on the invoice: lines of seller, buyer and the others, in the order of an envelope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.formats.voice import Voice


def postal(address: Mapping[str, str], voice: Voice) -> list[str]:
    """Lines of a postal address (BG-5, BG-8, BG-12, BG-15); the country is always said."""
    town = " ".join(address[key] for key in ("postcode", "city") if key in address)
    parts = [address.get(key, "") for key in ("line1", "line2", "line3")]
    country = voice.names.countries.get(address["country"], address["country"])
    return [part for part in (*parts, town, address.get("subdivision", ""), country) if part]


def identifiers(party: Mapping[str, Any], voice: Voice) -> list[str]:
    """Legal and tax identifiers of a party, each on its line."""
    found = [voice.identifier(party["legal_id"])] if "legal_id" in party else []
    if "vat_id" in party:
        found.append(voice.labelled("vat_id", party["vat_id"]))
    if "tax_id" in party:
        found.append(voice.labelled("tax_registration", party["tax_id"]))
    found.extend(voice.identifier(other) for other in party.get("ids", ()))
    electronic = party.get("electronic_address")
    # In France the electronic address usually is the SIREN, which has just been said.
    if electronic and electronic["value"] not in (party.get("legal_id") or {}).values():
        found.append(voice.labelled("electronic_address", f"{electronic['scheme']}:{electronic['value']}"))
    return found


def contact(party: Mapping[str, Any]) -> list[str]:
    """Whom to call."""
    member = party.get("contact", {})
    return [member[key] for key in ("name", "phone", "email") if key in member]


def brief(party: Mapping[str, Any], voice: Voice) -> str:
    """A party in one sentence, for those that have no block of their own."""
    parts = [party["name"]] if "name" in party else []
    if "location" in party:
        parts.append(voice.identifier(party["location"]))
    if "address" in party:
        parts.extend(postal(party["address"], voice))
    return ", ".join([*parts, *identifiers(party, voice)])
