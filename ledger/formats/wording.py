"""What the printed invoice says, in French and in English, and how each writes amounts and dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["fr", "en"]

NARROW_SPACE: Final = "\u202f"
NO_BREAK_SPACE: Final = "\u00a0"
MINUS: Final = "\u2212"

_SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
"""Only where the sign is common; the currency is also spelled out among the facts, since `$` has many."""

_MONTHS: Final = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "en": (
        "January February March April May June July August September October November December".split()
    ),
}


def number(value: str, language: Language, *, digits: int = 0) -> str:
    """Writes a decimal string with the language's separators, keeping every digit it has.

    Args:
        value: A decimal string of the document.
        digits: Decimals to show at least; zeros are added, nothing is ever rounded.
    """
    sign, _, unsigned = value.rpartition("-")
    whole, _, fraction = unsigned.partition(".")
    fraction = fraction.ljust(digits, "0")
    grouped = f"{int(whole):,}"
    if language == "fr":
        grouped = grouped.replace(",", NARROW_SPACE)
    point = "," if language == "fr" else "."
    prefix = MINUS if value.startswith("-") and not sign else ""
    return f"{prefix}{grouped}{point + fraction if fraction else ''}"


def amount(value: str, currency: str, language: Language) -> str:
    """Writes an amount with its currency: `1 234,56 €`, `€1,234.56`, `1,234.56 CHF`."""
    figures = number(value, language)
    symbol = _SYMBOLS.get(currency)
    if language == "en" and symbol:
        minus = figures.startswith(MINUS)
        return f"{MINUS if minus else ''}{symbol}{figures.removeprefix(MINUS)}"
    return f"{figures}{NO_BREAK_SPACE}{symbol or currency}"


def percent(value: str, language: Language) -> str:
    """Writes a rate: `5,5 %`, `5.5%`."""
    return f"{number(value, language)}{NO_BREAK_SPACE if language == 'fr' else ''}%"


def day(value: str, language: Language) -> str:
    """Writes an ISO date in words: `1er octobre 2026`, `1 October 2026`.

    Raises:
        ValueError: if the date does not exist.
    """
    when = date.fromisoformat(value)
    ordinal = "1er" if language == "fr" and when.day == 1 else str(when.day)
    return f"{ordinal}{NO_BREAK_SPACE}{_MONTHS[language][when.month - 1]} {when.year}"


def is_zero(value: str) -> bool:
    """Tells whether a decimal string is zero, however many digits it has."""
    return Decimal(value) == 0


def opposite(value: str) -> str:
    """Changes the sign of a decimal string without touching its digits."""
    return value.removeprefix("-") if value.startswith("-") else value if is_zero(value) else f"-{value}"


def grouped(value: str) -> str:
    """Groups an account number by four, as bank cards and statements do, to compare it by eye."""
    compact = value.replace(" ", "")
    return NO_BREAK_SPACE.join(compact[at : at + 4] for at in range(0, len(compact), 4))


@dataclass(frozen=True, slots=True)
class Wording:
    """Every fixed text of one language. `{…}` are filled in by the layout."""

    language: Language
    titles: Mapping[str, str]
    """Title for a type code (BT-3, UNTDID 1001)."""
    units: Mapping[str, str]
    """Short name for a unit code (BT-130, UN/ECE Rec. 20)."""
    vat: Mapping[str, str]
    """Name of a VAT category (BT-118, UNTDID 5305)."""
    vat_short: Mapping[str, str]
    """The same in a narrow column; absent where the rate says it."""
    means: Mapping[str, str]
    """Name for a payment means code (BT-81, UNTDID 4461)."""
    schemes: Mapping[str, str]
    """Name of a register (ISO/IEC 6523 ICD)."""
    countries: Mapping[str, str]
    """Country names (ISO 3166-1)."""
    text: Mapping[str, str]
    """Everything else."""

    def __getitem__(self, key: str) -> str:
        return self.text[key]

    def title(self, type_code: str) -> str:
        """Title of the document."""
        return self.titles.get(type_code, self.titles["380"])


_TITLES_FR = {
    "380": "Facture", "381": "Avoir", "384": "Facture rectificative", "386": "Facture d’acompte",
    "389": "Facture (autofacturation)", "261": "Avoir (autofacturation)", "262": "Avoir global",
    "393": "Facture affacturée", "396": "Avoir affacturé", "326": "Facture partielle",
    "500": "Facture d’acompte (autofacturation)", "501": "Facture affacturée (autofacturation)",
    "503": "Avoir d’acompte", "575": "Facture d’assurance", "875": "Facture de situation de travaux",
    "876": "Facture de travaux intermédiaire", "877": "Facture de travaux finale",
}  # fmt: skip
_TITLES_EN = {
    "380": "Invoice", "381": "Credit note", "384": "Corrected invoice", "386": "Prepayment invoice",
    "389": "Self-billed invoice", "261": "Self-billed credit note", "262": "Consolidated credit note",
    "393": "Factored invoice", "396": "Factored credit note", "326": "Partial invoice",
    "500": "Self-billed prepayment invoice", "501": "Self-billed factored invoice",
    "503": "Prepayment credit note", "575": "Insurance invoice", "875": "Partial construction invoice",
    "876": "Partial final construction invoice", "877": "Final construction invoice",
}  # fmt: skip
_UNITS_FR = {
    "C62": "unité", "H87": "pièce", "EA": "unité", "NAR": "article", "SET": "jeu", "PR": "paire", "DZN": "douzaine",
    "HUR": "h", "MIN": "min", "SEC": "s", "DAY": "jour", "WEE": "semaine", "MON": "mois", "ANN": "an",
    "QAN": "trimestre",
    "KGM": "kg", "GRM": "g", "TNE": "t", "LTR": "l", "MLT": "ml", "MTR": "m", "CMT": "cm", "MMT": "mm",
    "KMT": "km", "MTK": "m²", "MTQ": "m³", "HAR": "ha", "KWH": "kWh", "MWH": "MWh", "P1": "%", "LS": "forfait",
    "XPK": "paquet", "XBX": "boîte", "XCT": "carton", "XPX": "palette", "XBO": "bouteille", "XSA": "sac",
    "E48": "prestation", "E49": "jour ouvré", "E54": "trajet",
}  # fmt: skip
_UNITS_EN = {
    "C62": "unit", "H87": "piece", "EA": "each", "NAR": "article", "SET": "set", "PR": "pair", "DZN": "dozen",
    "HUR": "h", "MIN": "min", "SEC": "s", "DAY": "day", "WEE": "week", "MON": "month", "ANN": "year",
    "QAN": "quarter",
    "KGM": "kg", "GRM": "g", "TNE": "t", "LTR": "l", "MLT": "ml", "MTR": "m", "CMT": "cm", "MMT": "mm",
    "KMT": "km", "MTK": "m²", "MTQ": "m³", "HAR": "ha", "KWH": "kWh", "MWH": "MWh", "P1": "%", "LS": "lump sum",
    "XPK": "pack", "XBX": "box", "XCT": "carton", "XPX": "pallet", "XBO": "bottle", "XSA": "bag",
    "E48": "service", "E49": "working day", "E54": "trip",
}  # fmt: skip
_VAT_FR = {
    "S": "Taux normal ou réduit", "Z": "Taux zéro", "E": "Exonéré de TVA", "AE": "Autoliquidation",
    "K": "Livraison intracommunautaire exonérée", "G": "Exportation hors UE", "O": "Hors champ de la TVA",
    "L": "IGIC (Canaries)", "M": "IPSI (Ceuta, Melilla)", "B": "TVA acquittée par l’acheteur",
}  # fmt: skip
_VAT_EN = {
    "S": "Standard or reduced rate", "Z": "Zero rated", "E": "Exempt from VAT", "AE": "Reverse charge",
    "K": "Intra-Community supply, exempt", "G": "Export outside the EU", "O": "Outside the scope of VAT",
    "L": "IGIC (Canary Islands)", "M": "IPSI (Ceuta, Melilla)", "B": "VAT paid by the buyer",
}  # fmt: skip
_MEANS_FR = {
    "10": "Espèces", "20": "Chèque", "30": "Virement", "31": "Prélèvement", "42": "Virement",
    "48": "Carte bancaire", "49": "Prélèvement", "54": "Carte de crédit", "55": "Carte de débit",
    "57": "Ordre permanent", "58": "Virement SEPA", "59": "Prélèvement SEPA", "68": "Paiement en ligne",
    "97": "Compensation",
}  # fmt: skip
_MEANS_EN = {
    "10": "Cash", "20": "Cheque", "30": "Credit transfer", "31": "Debit transfer", "42": "Credit transfer",
    "48": "Bank card", "49": "Direct debit", "54": "Credit card", "55": "Debit card",
    "57": "Standing agreement", "58": "SEPA credit transfer", "59": "SEPA direct debit", "68": "Online payment",
    "97": "Clearing between partners",
}  # fmt: skip
_SCHEMES = {
    "0002": "SIREN", "0009": "SIRET", "0060": "DUNS", "0088": "GLN", "0007": "Org.nr", "0106": "KvK",
    "0183": "IDE/UID", "0184": "CVR", "0190": "OIN", "0192": "Org.nr", "0198": "CVR", "0208": "BCE/KBO",
    "0210": "Codice fiscale", "0211": "Partita IVA", "0212": "Y-tunnus", "0223": "TVA UE",
    "0224": "Routage", "0225": "Adresse électronique", "0231": "TVA",
}  # fmt: skip
_COUNTRIES_FR = {
    "AT": "Autriche", "BE": "Belgique", "BG": "Bulgarie", "HR": "Croatie", "CY": "Chypre", "CZ": "Tchéquie",
    "DK": "Danemark", "EE": "Estonie", "FI": "Finlande", "FR": "France", "DE": "Allemagne", "GR": "Grèce",
    "HU": "Hongrie", "IE": "Irlande", "IT": "Italie", "LV": "Lettonie", "LT": "Lituanie", "LU": "Luxembourg",
    "MT": "Malte", "NL": "Pays-Bas", "PL": "Pologne", "PT": "Portugal", "RO": "Roumanie", "SK": "Slovaquie",
    "SI": "Slovénie", "ES": "Espagne", "SE": "Suède", "GB": "Royaume-Uni", "CH": "Suisse", "NO": "Norvège",
    "IS": "Islande", "LI": "Liechtenstein", "MC": "Monaco", "AD": "Andorre", "UA": "Ukraine", "RS": "Serbie",
    "TR": "Turquie", "US": "États-Unis", "CA": "Canada", "JP": "Japon", "CN": "Chine", "IN": "Inde",
    "AU": "Australie", "BR": "Brésil", "MX": "Mexique", "MA": "Maroc", "TN": "Tunisie", "DZ": "Algérie",
    "SN": "Sénégal", "CI": "Côte d’Ivoire", "IL": "Israël", "SG": "Singapour", "AE": "Émirats arabes unis",
    "GP": "Guadeloupe", "MQ": "Martinique", "GF": "Guyane", "RE": "La Réunion", "YT": "Mayotte",
}  # fmt: skip
_COUNTRIES_EN = {
    "AT": "Austria", "BE": "Belgium", "BG": "Bulgaria", "HR": "Croatia", "CY": "Cyprus", "CZ": "Czechia",
    "DK": "Denmark", "EE": "Estonia", "FI": "Finland", "FR": "France", "DE": "Germany", "GR": "Greece",
    "HU": "Hungary", "IE": "Ireland", "IT": "Italy", "LV": "Latvia", "LT": "Lithuania", "LU": "Luxembourg",
    "MT": "Malta", "NL": "Netherlands", "PL": "Poland", "PT": "Portugal", "RO": "Romania", "SK": "Slovakia",
    "SI": "Slovenia", "ES": "Spain", "SE": "Sweden", "GB": "United Kingdom", "CH": "Switzerland",
    "NO": "Norway", "IS": "Iceland", "LI": "Liechtenstein", "MC": "Monaco", "AD": "Andorra", "UA": "Ukraine",
    "RS": "Serbia", "TR": "Türkiye", "US": "United States", "CA": "Canada", "JP": "Japan", "CN": "China",
    "IN": "India", "AU": "Australia", "BR": "Brazil", "MX": "Mexico", "MA": "Morocco", "TN": "Tunisia",
    "DZ": "Algeria", "SN": "Senegal", "CI": "Côte d’Ivoire", "IL": "Israel", "SG": "Singapore",
    "AE": "United Arab Emirates", "GP": "Guadeloupe", "MQ": "Martinique", "GF": "French Guiana",
    "RE": "Réunion", "YT": "Mayotte",
}  # fmt: skip

_TEXT_FR = {
    "vat_id": "N° TVA",
    "colon": f"{NO_BREAK_SPACE}: ",
    "tax_registration": "N° fiscal",
    "tax_representative": "Représentant fiscal",
    "bill_to": "Facturé à",
    "deliver_to": "Livré à",
    "issue_date": "Date d’émission",
    "due_date": "Échéance",
    "delivery_date": "Date de livraison",
    "period": "Période",
    "period_from_to": "du {start} au {end}",
    "period_from": "à partir du {start}",
    "period_to": "jusqu’au {end}",
    "tax_point": "Exigibilité de la TVA",
    "buyer_reference": "Référence client",
    "order_reference": "Bon de commande",
    "sales_order_reference": "Commande vendeur",
    "contract_reference": "Contrat",
    "project_reference": "Projet",
    "despatch_reference": "Bon de livraison",
    "currency": "Devise",
    "preceding": "Corrige",
    "preceding_invoice": "Facture d’origine",
    "of_date": "du {date}",
    "line": "N°",
    "description": "Désignation",
    "quantity": "Quantité",
    "unit": "Unité",
    "price": "Prix unitaire HT",
    "vat": "TVA",
    "net": "Montant HT",
    "allowance": "Remise",
    "charge": "Frais",
    "price_base": "prix pour {quantity}",
    "item_sellers_id": "Réf.",
    "vat_summary": "Récapitulatif de TVA",
    "vat_rate": "Taux",
    "taxable": "Base HT",
    "tax": "Montant TVA",
    "sum_lines": "Total des lignes",
    "tax_exclusive": "Total HT",
    "tax_total": "Total TVA",
    "tax_total_in": "Total TVA en {currency}",
    "tax_inclusive": "Total TTC",
    "prepaid": "Déjà payé",
    "rounding": "Arrondi",
    "due": "Net à payer",
    "due_by": "à payer au plus tard le {date}",
    "due_credit": "Net en votre faveur",
    "payment": "Règlement",
    "refund": "Remboursement",
    "means": "Moyen",
    "iban": "IBAN",
    "account_name": "Titulaire",
    "payee": "Bénéficiaire",
    "bic": "BIC",
    "reference": "Référence à rappeler",
    "mandate": "Mandat",
    "terms": "Conditions",
    "compare_iban": "Avant de payer, comparez cet IBAN à celui que le code de la page 1 fait apparaître.",
    "notes": "Mentions",
    "scan": "Scannez pour vérifier l’authenticité et ce qui reste dû.",
    "scan_credit": "Scannez pour vérifier l’authenticité et ce qui reste à imputer.",
    "address_check": "La page ouverte doit être à l’adresse",
    "fingerprint": "Empreinte",
    "page": "page {page}/{pages}",
    "seal_subject": "Document scellé et vérifiable",
}
_TEXT_EN = {
    "vat_id": "VAT no.",
    "colon": ": ",
    "tax_registration": "Tax no.",
    "tax_representative": "Tax representative",
    "bill_to": "Bill to",
    "deliver_to": "Deliver to",
    "issue_date": "Issue date",
    "due_date": "Due date",
    "delivery_date": "Delivery date",
    "period": "Period",
    "period_from_to": "{start} to {end}",
    "period_from": "from {start}",
    "period_to": "until {end}",
    "tax_point": "Tax point",
    "buyer_reference": "Your reference",
    "order_reference": "Purchase order",
    "sales_order_reference": "Sales order",
    "contract_reference": "Contract",
    "project_reference": "Project",
    "despatch_reference": "Despatch advice",
    "currency": "Currency",
    "preceding": "Corrects",
    "preceding_invoice": "Original invoice",
    "of_date": "of {date}",
    "line": "No.",
    "description": "Description",
    "quantity": "Quantity",
    "unit": "Unit",
    "price": "Unit price",
    "vat": "VAT",
    "net": "Net amount",
    "allowance": "Discount",
    "charge": "Charge",
    "price_base": "price for {quantity}",
    "item_sellers_id": "Ref.",
    "vat_summary": "VAT summary",
    "vat_rate": "Rate",
    "taxable": "Taxable",
    "tax": "VAT amount",
    "sum_lines": "Sum of lines",
    "tax_exclusive": "Total without VAT",
    "tax_total": "Total VAT",
    "tax_total_in": "Total VAT in {currency}",
    "tax_inclusive": "Total with VAT",
    "prepaid": "Already paid",
    "rounding": "Rounding",
    "due": "Amount due",
    "due_by": "to be paid by {date}",
    "due_credit": "Amount in your favour",
    "payment": "Payment",
    "refund": "Refund",
    "means": "Means",
    "iban": "IBAN",
    "account_name": "Account name",
    "payee": "Payee",
    "bic": "BIC",
    "reference": "Reference to quote",
    "mandate": "Mandate",
    "terms": "Terms",
    "compare_iban": "Before you pay, compare this IBAN with the one that the code on page 1 brings up.",
    "notes": "Notes",
    "scan": "Scan to check that it is authentic and what is still owed.",
    "scan_credit": "Scan to check that it is authentic and what is left to use.",
    "address_check": "The page that opens must be at",
    "fingerprint": "Fingerprint",
    "page": "page {page}/{pages}",
    "seal_subject": "Sealed, verifiable document",
}

WORDINGS: Final[Mapping[Language, Wording]] = MappingProxyType(
    {
        "fr": Wording(
            "fr",
            _TITLES_FR,
            _UNITS_FR,
            _VAT_FR,
            {"E": "exon.", "AE": "autoliq.", "K": "intracom.", "G": "export", "O": "hors TVA"},
            _MEANS_FR,
            _SCHEMES,
            _COUNTRIES_FR,
            _TEXT_FR,
        ),
        "en": Wording(
            "en",
            _TITLES_EN,
            _UNITS_EN,
            _VAT_EN,
            {"E": "exempt", "AE": "rev. ch.", "K": "intra-EU", "G": "export", "O": "no VAT"},
            _MEANS_EN,
            _SCHEMES,
            _COUNTRIES_EN,
            _TEXT_EN,
        ),
    }
)
