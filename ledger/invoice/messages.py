"""What each rule says, in English and French. Operands stand in braces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "fr"]

_DIGITS = (
    "{value} has more digits after the point than the currency ({digits}).",
    "{value} a plus de décimales que la devise ({digits}).",
)
_DIFFERS = (
    "The amount given is {given}, the computed one is {expected}.",
    "Le montant donné est {given}, le montant calculé est {expected}.",
)
_UNKNOWN_CODE = (
    "“{value}” is not in the code list.",
    "« {value} » n'est pas dans la liste de codes.",
)
_REASON = (
    "A reason or a reason code is required.",
    "Un motif ou un code de motif est obligatoire.",
)
_MISSING = ("This member is required.", "Ce membre est obligatoire.")

MESSAGES: Mapping[str, tuple[str, str]] = {
    # Presence
    "BR-02": ("An invoice has a number.", "Une facture a un numéro."),
    "BR-03": ("An invoice has an issue date.", "Une facture a une date d'émission."),
    "BR-05": ("The currency is required.", "La devise est obligatoire."),
    "BR-06": ("The seller's name is required.", "Le nom du vendeur est obligatoire."),
    "BR-07": ("The buyer's name is required.", "Le nom de l'acheteur est obligatoire."),
    "BR-08": (
        "The seller's address is required.",
        "L'adresse du vendeur est obligatoire.",
    ),
    "BR-09": (
        "The seller's country is required.",
        "Le pays du vendeur est obligatoire.",
    ),
    "BR-10": (
        "The buyer's address is required.",
        "L'adresse de l'acheteur est obligatoire.",
    ),
    "BR-11": (
        "The buyer's country is required.",
        "Le pays de l'acheteur est obligatoire.",
    ),
    "BR-16": ("An invoice has at least one line.", "Une facture a au moins une ligne."),
    "BR-17": (
        "The payee's name is required.",
        "Le nom du bénéficiaire est obligatoire.",
    ),
    "BR-18": (
        "The tax representative's name is required.",
        "Le nom du représentant fiscal est obligatoire.",
    ),
    "BR-19": (
        "The tax representative's address is required.",
        "L'adresse du représentant fiscal est obligatoire.",
    ),
    "BR-20": (
        "The tax representative's country is required.",
        "Le pays du représentant fiscal est obligatoire.",
    ),
    "BR-22": ("The quantity is required.", "La quantité est obligatoire."),
    "BR-25": ("The item's name is required.", "Le nom de l'article est obligatoire."),
    "BR-26": ("The net price is required.", "Le prix net est obligatoire."),
    "BR-CO-04": (
        "The VAT category is required.",
        "La catégorie de TVA est obligatoire.",
    ),
    "BR-49": (
        "The payment means code is required.",
        "Le code de moyen de paiement est obligatoire.",
    ),
    "BR-52": (
        "The reference of the supporting document is required.",
        "La référence de la pièce jointe est obligatoire.",
    ),
    "BR-54": (
        "An item attribute has a name and a value.",
        "Un attribut d'article a un nom et une valeur.",
    ),
    "BR-55": (
        "The number of the preceding invoice is required.",
        "Le numéro de la facture antérieure est obligatoire.",
    ),
    "BR-56": (
        "The tax representative's VAT number is required.",
        "Le numéro de TVA du représentant fiscal est obligatoire.",
    ),
    "BR-57": (
        "The country delivered to is required.",
        "Le pays de livraison est obligatoire.",
    ),
    # Values
    "BR-27": (
        "A net price is not negative: put the sign on the quantity, or make a credit note.",
        "Un prix net n'est pas négatif : mettez le signe sur la quantité, ou faites un avoir.",
    ),
    "BR-28": ("A gross price is not negative.", "Un prix brut n'est pas négatif."),
    "BR-29": (
        "The period ends before it starts.",
        "La période finit avant de commencer.",
    ),
    "BR-30": (
        "The period of the line ends before it starts.",
        "La période de la ligne finit avant de commencer.",
    ),
    "BR-33": _REASON,
    "BR-38": _REASON,
    "BR-42": _REASON,
    "BR-44": _REASON,
    "BR-48": (
        "The VAT rate is required, except for category O.",
        "Le taux de TVA est obligatoire, sauf pour la catégorie O.",
    ),
    "BR-50": ("A credit transfer needs the account.", "Un virement demande le compte."),
    "BR-51": (
        "Only the last 4 to 6 digits of a card are given.",
        "Seuls les 4 à 6 derniers chiffres d'une carte sont donnés.",
    ),
    "BR-53": (
        "Total VAT in the VAT accounting currency is required.",
        "Le total de TVA dans la devise de comptabilisation est obligatoire.",
    ),
    "BR-61": (
        "A credit transfer needs the account (BT-84).",
        "Un virement demande le compte (BT-84).",
    ),
    "BR-CO-03": (
        "A VAT date and a VAT date code exclude each other.",
        "Date et code d'exigibilité de la TVA s'excluent.",
    ),
    "BR-CO-09": (
        "The VAT number “{value}” does not begin with a country code.",
        "Le numéro de TVA « {value} » ne commence pas par un code pays.",
    ),
    "BR-CO-10": _DIFFERS,
    "BR-CO-11": _DIFFERS,
    "BR-CO-12": _DIFFERS,
    "BR-CO-13": _DIFFERS,
    "BR-CO-14": _DIFFERS,
    "BR-CO-15": _DIFFERS,
    "BR-CO-16": _DIFFERS,
    "BR-CO-17": _DIFFERS,
    "BR-CO-18": (
        "The VAT breakdown has other rows than computed: {expected}.",
        "La ventilation de TVA a d'autres lignes que celle calculée : {expected}.",
    ),
    "BR-CO-19": (
        "A period has a start or an end.",
        "Une période a un début ou une fin.",
    ),
    "BR-CO-20": (
        "The period of a line has a start or an end.",
        "La période d'une ligne a un début ou une fin.",
    ),
    "BR-CO-25": (
        "Something is due: a due date or payment terms are required.",
        "Un montant est dû : une date d'échéance ou des conditions de paiement sont obligatoires.",
    ),
    "BR-CO-26": (
        "The seller is identified by an identifier, a legal registration or a VAT number.",
        "Le vendeur est identifié par un identifiant, une immatriculation ou un numéro de TVA.",
    ),
    "BR-O-02": (
        "Outside the scope of VAT: no VAT number of seller or buyer.",
        "Hors champ de la TVA : pas de numéro de TVA du vendeur ni de l'acheteur.",
    ),
    "BR-O-05": (
        "Outside the scope of VAT there is no rate.",
        "Hors champ de la TVA, il n'y a pas de taux.",
    ),
    "BR-O-11": (
        "Category O excludes every other.",
        "La catégorie O exclut toutes les autres.",
    ),
    "BR-IC-11": (
        "An intra-EU supply needs a delivery date or a period.",
        "Une livraison intracommunautaire demande une date de livraison ou une période.",
    ),
    "BR-IC-12": (
        "An intra-EU supply needs the country delivered to.",
        "Une livraison intracommunautaire demande le pays de livraison.",
    ),
    # Ours: form
    "SC-JSON": (
        "This is not a JSON object: {reason}.",
        "Ce n'est pas un objet JSON : {reason}.",
    ),
    "SC-SIZE": (
        "The draft is larger than {limit} bytes.",
        "Le brouillon dépasse {limit} octets.",
    ),
    "SC-FONT": (
        "No typeface of the printed invoice draws the character “{value}”.",
        "Aucune police de la facture imprimée ne dessine le caractère « {value} ».",
    ),
    "SC-DUPLICATE": (
        "The member “{value}” stands twice in one object.",
        "Le membre « {value} » figure deux fois dans un objet.",
    ),
    "SC-UNKNOWN": ("This member is not known.", "Ce membre n'est pas connu."),
    "SC-REQUIRED": _MISSING,
    "SC-NUMBER": (
        "A draft has no number: it is given at issue.",
        "Un brouillon n'a pas de numéro : il est donné à l'émission.",
    ),
    "SC-TYPE": ("Expected {expected}.", "Attendu : {expected}."),
    "SC-DECIMAL": (
        'Write a decimal as a string such as "12.50": no JSON number, exponent, plus, leading zero or minus zero, at most 12 digits before the point and {digits} after.',
        "Écrivez un décimal comme chaîne, par exemple « 12.50 » : ni nombre JSON, ni exposant, ni plus, ni zéro initial, ni moins zéro, au plus 12 chiffres avant le point et {digits} après.",
    ),
    "SC-PERCENT-RANGE": (
        'Write a percentage as a string from "0" to "100" with at most 4 digits after the point.',
        "Écrivez un pourcentage comme chaîne de « 0 » à « 100 », au plus 4 décimales.",
    ),
    "SC-DATE": (
        "“{value}” is not a date (YYYY-MM-DD).",
        "« {value} » n'est pas une date (AAAA-MM-JJ).",
    ),
    "SC-TEXT": (
        "Text on one line, not blank, without control or direction-changing characters.",
        "Texte sur une ligne, non vide, sans caractère de contrôle ni de changement de direction.",
    ),
    "SC-NFC": (
        "Text must be in Unicode normal form NFC.",
        "Le texte doit être en forme normale Unicode NFC.",
    ),
    "SC-TOKEN": (
        "Printable ASCII without leading, trailing or double space.",
        "Caractères ASCII imprimables, sans espace initial, final ou double.",
    ),
    "SC-FORM": (
        "“{value}” does not have the form {expected}.",
        "« {value} » n'a pas la forme {expected}.",
    ),
    "SC-LENGTH": ("At most {limit} are allowed.", "Au plus {limit} sont permis."),
    # Ours: blind spots
    "SC-LINE-NET": (
        "Quantity times price gives {expected}, not {given}.",
        "Quantité fois prix donne {expected}, non {given}.",
    ),
    "SC-PERCENT": (
        "The percentage gives {expected}, not {given}.",
        "Le pourcentage donne {expected}, non {given}.",
    ),
    "SC-ADJUSTMENT": (
        "An amount or a percentage is required.",
        "Un montant ou un pourcentage est obligatoire.",
    ),
    "SC-ADJUSTMENT-SIGN": (
        "An allowance or charge is not negative.",
        "Une remise ou un supplément n'est pas négatif.",
    ),
    "SC-SPLIT": (
        "The lines sum to zero, so nothing says how to split this: name its VAT.",
        "Les lignes ont une somme nulle, rien ne dit comment répartir : indiquez la TVA.",
    ),
    "SC-BASE-QUANTITY": (
        "The base quantity of a price is greater than zero.",
        "La quantité de base d'un prix est positive.",
    ),
    "SC-PRICE": (
        "Gross price less discount gives {expected}, not {given}.",
        "Prix brut moins remise donne {expected}, non {given}.",
    ),
    "SC-LINE-ID": (
        "The line number “{value}” stands twice.",
        "Le numéro de ligne « {value} » figure deux fois.",
    ),
    "SC-CURRENCY-MIX": (
        "This line is in {given}, the invoice in {expected}: no sum of unlike currencies.",
        "Cette ligne est en {given}, la facture en {expected} : pas de somme de devises différentes.",
    ),
    "SC-TAX-CURRENCY": (
        "The VAT accounting currency is another than the invoice's, and stands with its VAT total.",
        "La devise de comptabilisation de la TVA diffère de celle de la facture, et va avec son total de TVA.",
    ),
    "SC-EXEMPTION": (
        "Two exemption reasons for one VAT category and rate.",
        "Deux motifs d'exonération pour une même catégorie et un même taux de TVA.",
    ),
    "SC-IBAN": (
        "“{value}” is not a valid IBAN (compact, upper case).",
        "« {value} » n'est pas un IBAN valide (compact, en majuscules).",
    ),
    "SC-BIC": ("“{value}” is not a valid BIC.", "« {value} » n'est pas un BIC valide."),
    "SC-ACCOUNT": (
        "One of `iban` and `account`, not both.",
        "`iban` ou `account`, pas les deux.",
    ),
    "SC-RF": (
        "“{value}” is not a valid RF reference.",
        "« {value} » n'est pas une référence RF valide.",
    ),
    "SC-VAT-ID": (
        "“{value}” is not a valid VAT number (compact, upper case).",
        "« {value} » n'est pas un numéro de TVA valide (compact, en majuscules).",
    ),
    "SC-SIREN": (
        "“{value}” is not a valid SIREN.",
        "« {value} » n'est pas un SIREN valide.",
    ),
    "SC-SIRET": (
        "“{value}” is not a valid SIRET.",
        "« {value} » n'est pas un SIRET valide.",
    ),
    "SC-GLN": ("“{value}” is not a valid GLN.", "« {value} » n'est pas un GLN valide."),
    "SC-SIREN-VAT": (
        "The VAT number {value} is not of the SIREN {expected}.",
        "Le numéro de TVA {value} n'est pas celui du SIREN {expected}.",
    ),
    "SC-SAME-PARTY": (
        "Buyer and seller are the same legal person.",
        "L'acheteur et le vendeur sont la même personne morale.",
    ),
    "SC-DUE": (
        "A due date or due terms, not both.",
        "Une date d'échéance ou des termes d'échéance, pas les deux.",
    ),
    "SC-DUE-BEFORE-ISSUE": (
        "The due date {given} is before the issue date {expected}.",
        "L'échéance {given} précède la date d'émission {expected}.",
    ),
    # Ours: the seal
    "SC-SEAL-NUMBER": (
        "A number has 1 to 35 printable ASCII characters, without leading, trailing or double space.",
        "Un numéro a 1 à 35 caractères ASCII imprimables, sans espace initial, final ou double.",
    ),
    "SC-SEAL-SELLER": (
        "The seal needs a SIREN, a VAT number or a registration with its scheme.",
        "Le sceau demande un SIREN, un numéro de TVA ou une immatriculation avec son registre.",
    ),
    "SC-SEAL-NAME": (
        "The seller's name has more than 70 bytes in UTF-8.",
        "Le nom du vendeur dépasse 70 octets en UTF-8.",
    ),
    "SC-SEAL-ACCOUNT": (
        "An account has at most 34 characters.",
        "Un compte a au plus 34 caractères.",
    ),
    "SC-SEAL-AMOUNT": (
        "{value} is more than a seal can carry.",
        "{value} dépasse ce qu'un sceau peut porter.",
    ),
    "SC-SEAL-NEGATIVE": (
        "{value} is negative: make a credit note, whose amounts are positive.",
        "{value} est négatif : faites un avoir, dont les montants sont positifs.",
    ),
    "SC-SEAL-DATE": (
        "{value} is before 1970 or after 2199.",
        "{value} est avant 1970 ou après 2199.",
    ),
    # French law
    "FR-BUYER-SIREN": (
        "A French business buyer has a SIREN (legal_id, scheme 0002).",
        "Un acheteur professionnel français a un SIREN (legal_id, registre 0002).",
    ),
    "FR-SELLER-SIREN": (
        "A French seller has a SIREN (legal_id, scheme 0002).",
        "Un vendeur français a un SIREN (legal_id, registre 0002).",
    ),
    "FR-DUE-DATE": (
        "The due date is a mandatory mention (art. L441-9 C. com.).",
        "La date d'échéance est une mention obligatoire (art. L441-9 C. com.).",
    ),
    "FR-PMD": (
        "The rate of late penalties is a mandatory mention (note PMD, art. L441-10 C. com.).",
        "Le taux des pénalités de retard est une mention obligatoire (note PMD, art. L441-10 C. com.).",
    ),
    "FR-PMT": (
        "The recovery indemnity of 40 € is a mandatory mention (note PMT, art. D441-5 C. com.).",
        "L'indemnité forfaitaire de recouvrement de 40 € est une mention obligatoire (note PMT, art. D441-5 C. com.).",
    ),
    "FR-AAB": (
        "The terms of discount, or that there is none, are a mandatory mention (note AAB, art. L441-9 C. com.).",
        "Les conditions d'escompte, ou leur absence, sont une mention obligatoire (note AAB, art. L441-9 C. com.).",
    ),
    "FR-ONCE": (
        "The mention {value} stands once.",
        "La mention {value} figure une seule fois.",
    ),
    "FR-TYPE": (
        "The French reform does not accept type {value}.",
        "La réforme française n'accepte pas le type {value}.",
    ),
    "FR-PROCESS": (
        "“{value}” is not a French invoicing frame.",
        "« {value} » n'est pas un cadre de facturation français.",
    ),
    "FR-RATE": (
        "{value} % is not a French VAT rate.",
        "{value} % n'est pas un taux de TVA français.",
    ),
    "FR-SIRET": (
        "The SIRET {value} is not of the SIREN {expected}.",
        "Le SIRET {value} n'est pas du SIREN {expected}.",
    ),
    "FR-PRECEDING": (
        "A credit note or corrected invoice names the invoice that it corrects, with its date.",
        "Un avoir ou une facture rectificative nomme la facture rectifiée, avec sa date.",
    ),
    "FR-TAX-EUR": (
        "In a foreign currency, total VAT in EUR is required.",
        "En devise étrangère, le total de TVA en EUR est obligatoire.",
    ),
}
"""Rule id to (English, French)."""

_CATEGORY_RULES: Mapping[str, tuple[str, str]] = {
    "02": (
        "VAT category {category}: a VAT or tax number is missing here.",
        "Catégorie de TVA {category} : un numéro de TVA ou fiscal manque ici.",
    ),
    "05": (
        "VAT category {category}: the rate must be {expected}.",
        "Catégorie de TVA {category} : le taux doit être {expected}.",
    ),
    "06": (
        "VAT category {category}: the rate must be {expected}.",
        "Catégorie de TVA {category} : le taux doit être {expected}.",
    ),
    "07": (
        "VAT category {category}: the rate must be {expected}.",
        "Catégorie de TVA {category} : le taux doit être {expected}.",
    ),
    "08": _DIFFERS,
    "10": (
        "VAT category {category}: {expected}.",
        "Catégorie de TVA {category} : {attendu}.",
    ),
}


def message(rule: str, language: Language, params: Mapping[str, str]) -> str:
    """The message of a rule with its operands."""
    pair = MESSAGES.get(rule)
    if pair is None:
        family, _, tail = rule.rpartition("-")
        if family == "BR-DEC":
            pair = _DIGITS
        elif family == "BR-CL":
            pair = _UNKNOWN_CODE
        else:
            pair = _CATEGORY_RULES[tail]
    return pair[0 if language == "en" else 1].format(**params)
