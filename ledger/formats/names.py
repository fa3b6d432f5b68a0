"""What the codes of an invoice are called on paper, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from ledger.formats.figures import Language


@dataclass(frozen=True, slots=True)
class Names:
    """Names of codes in one language; a code without a name is printed as it is."""

    titles: Mapping[str, str]
    """Title for a type code (BT-3, UNTDID 1001)."""
    units: Mapping[str, str]
    """Short name for a unit code (BT-130, UN/ECE Rec. 20), `singular|plural` where they differ."""
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
    plural_from: Decimal
    """The quantity from which, either sign, a unit takes its plural."""

    def title(self, type_code: str) -> str:
        """Title of the document."""
        return self.titles.get(type_code, self.titles["380"])

    def unit(self, code: str, quantity: str) -> str:
        """Name of a unit after a quantity; empty for C62, which only says that things are counted."""
        if code == "C62":
            return ""
        singular, _, plural = self.units.get(code, code).partition("|")
        return plural if plural and self._is_plural(Decimal(quantity)) else singular

    def _is_plural(self, quantity: Decimal) -> bool:
        # French: 1,5 jour, 2 jours. English: 1 day, 1.5 days, 0.5 days, 0 days.
        if self.plural_from == 1:
            return abs(quantity) != 1
        return abs(quantity) >= self.plural_from


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
    "H87": "pièce|pièces", "EA": "unité|unités", "NAR": "article|articles", "SET": "jeu|jeux",
    "PR": "paire|paires", "DZN": "douzaine|douzaines",
    "HUR": "h", "MIN": "min", "SEC": "s", "DAY": "jour|jours", "WEE": "semaine|semaines", "MON": "mois",
    "ANN": "an|ans", "QAN": "trimestre|trimestres",
    "KGM": "kg", "GRM": "g", "TNE": "t", "LTR": "l", "MLT": "ml", "MTR": "m", "CMT": "cm", "MMT": "mm",
    "KMT": "km", "MTK": "m²", "MTQ": "m³", "HAR": "ha", "KWH": "kWh", "MWH": "MWh", "P1": "%",
    "LS": "forfait|forfaits", "XPK": "paquet|paquets", "XBX": "boîte|boîtes", "XCT": "carton|cartons",
    "XPX": "palette|palettes", "XBO": "bouteille|bouteilles", "XSA": "sac|sacs",
    "E48": "prestation|prestations", "E49": "jour ouvré|jours ouvrés", "E54": "trajet|trajets",
}  # fmt: skip
_UNITS_EN = {
    "H87": "piece|pieces", "EA": "each", "NAR": "article|articles", "SET": "set|sets",
    "PR": "pair|pairs", "DZN": "dozen",
    "HUR": "h", "MIN": "min", "SEC": "s", "DAY": "day|days", "WEE": "week|weeks", "MON": "month|months",
    "ANN": "year|years", "QAN": "quarter|quarters",
    "KGM": "kg", "GRM": "g", "TNE": "t", "LTR": "l", "MLT": "ml", "MTR": "m", "CMT": "cm", "MMT": "mm",
    "KMT": "km", "MTK": "m²", "MTQ": "m³", "HAR": "ha", "KWH": "kWh", "MWH": "MWh", "P1": "%",
    "LS": "lump sum|lump sums", "XPK": "pack|packs", "XBX": "box|boxes", "XCT": "carton|cartons",
    "XPX": "pallet|pallets", "XBO": "bottle|bottles", "XSA": "bag|bags",
    "E48": "service|services", "E49": "working day|working days", "E54": "trip|trips",
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
    "57": "Standing agreement", "58": "SEPA credit transfer", "59": "SEPA direct debit",
    "68": "Online payment", "97": "Clearing between partners",
}  # fmt: skip
_SCHEMES = {
    "0002": "SIREN", "0009": "SIRET", "0060": "DUNS", "0088": "GLN", "0007": "Org.nr", "0106": "KvK",
    "0183": "IDE/UID", "0184": "CVR", "0190": "OIN", "0160": "GTIN", "0192": "Org.nr", "0198": "CVR", "0208": "BCE/KBO",
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

NAMES: Final[Mapping[Language, Names]] = MappingProxyType(
    {
        "fr": Names(
            _TITLES_FR,
            _UNITS_FR,
            _VAT_FR,
            {"E": "exon.", "AE": "autoliq.", "K": "intracom.", "G": "export", "O": "hors TVA"},
            _MEANS_FR,
            _SCHEMES,
            _COUNTRIES_FR,
            Decimal(2),
        ),
        "en": Names(
            _TITLES_EN,
            _UNITS_EN,
            _VAT_EN,
            {"E": "exempt", "AE": "rev. ch.", "K": "intra-EU", "G": "export", "O": "no VAT"},
            _MEANS_EN,
            _SCHEMES,
            _COUNTRIES_EN,
            Decimal(1),
        ),
    }
)
