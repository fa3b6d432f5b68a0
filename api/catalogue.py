"""Every problem code with its title in English and French; docs/problems.md is generated from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of problem."""

    status: int
    """HTTP status it usually comes with."""
    en: str
    fr: str
    help: str
    """What it means for the caller and what to do, English."""


def _k(status: int, en: str, fr: str, text: str) -> Kind:
    return Kind(status, en, fr, text)


GENERAL: dict[int, tuple[str, str]] = {
    400: ("Bad request", "Requête incorrecte"),
    401: ("No valid API key", "Aucune clé d'API valable"),
    403: ("Not allowed", "Action non autorisée"),
    404: ("Not found", "Introuvable"),
    405: ("Not possible here", "Action impossible ici"),
    409: ("Not in the present state", "Impossible dans l'état actuel"),
    412: ("Changed meanwhile", "Modifié entre-temps"),
    413: ("Request too large", "Requête trop volumineuse"),
    422: ("Request not acceptable", "Requête inacceptable"),
    428: ("Condition required", "Condition requise"),
    500: ("Internal error", "Erreur interne"),
    503: ("Unavailable for the moment", "Momentanément indisponible"),
}
"""Titles of codes that have no entry of their own, such as the fold's."""

REQUEST: dict[str, Kind] = {
    "api-key-required": _k(
        401, "API key required", "Clé d'API requise", "Send `Authorization: Bearer` and an API key."
    ),
    "api-key-unknown": _k(401, "API key not valid", "Clé d'API non valable", "The key is unknown, expired or revoked."),
    "scope": _k(
        403, "The key lacks a scope", "Droit absent de la clé", "Use a key with the scope that `detail` names."
    ),
    "issuer-key": _k(
        403,
        "A key of the issuer is needed",
        "Clé de l'émetteur requise",
        "The operator has no invoices; use an issuer's key.",
    ),
    "idempotency-key-required": _k(
        400,
        "Idempotency-Key required",
        "Idempotency-Key requise",
        "Acts that cannot be undone need an `Idempotency-Key`, new for each act.",
    ),
    "idempotency-key": _k(
        400, "Idempotency-Key not valid", "Idempotency-Key non valable", "1 to 255 visible ASCII characters."
    ),
    "idempotency-key-reused": _k(
        422,
        "Idempotency-Key used for another request",
        "Idempotency-Key déjà utilisée pour une autre requête",
        "The key was sent with another method, address or body; take a new key for a new act.",
    ),
    "idempotency-running": _k(
        409,
        "The first request is still being done",
        "La première requête est encore en cours",
        "Send the same request again in a moment; it gets the first one's answer.",
    ),
    "if-match-required": _k(
        428, "If-Match required", "If-Match requis", "Send the `ETag` that you read as `If-Match`."
    ),
    "version": _k(
        412, "Changed meanwhile", "Modifié entre-temps", "Somebody changed it; read it again, then change it."
    ),
    "json": _k(422, "Not JSON", "JSON non valable", "The body is not JSON, or a member stands in it twice."),
    "parameter": _k(
        422, "Parameter not valid", "Paramètre non valable", "`errors` names the parameter and what it may be."
    ),
    "malformed-request": _k(400, "Malformed request", "Requête mal formée", "The address or a header cannot be read."),
    "cursor": _k(
        422, "Cursor not valid", "Curseur non valable", "Take `next_cursor` of a page of the same list, unchanged."
    ),
    "too-large": _k(413, "Request too large", "Requête trop volumineuse", "Send fewer drafts at once."),
    "not-found": _k(404, "No such address", "Adresse inconnue", "There is nothing under this path."),
    "method": _k(
        405,
        "Not possible here",
        "Action impossible ici",
        "The `Allow` header says what is. An issued invoice is never changed or deleted: issue a credit note.",
    ),
    "internal": _k(
        500, "Internal error", "Erreur interne", "A fault of the server; it is logged. Nothing was half-done."
    ),
}

INVOICES: dict[str, Kind] = {
    "invoice-invalid": _k(
        422,
        "The invoice breaks rules",
        "La facture enfreint des règles",
        "`errors` lists every broken rule (EN 16931, French law, ours) with its place.",
    ),
    "batch": _k(422, "Number of drafts not valid", "Nombre de brouillons non valable", "See `detail`."),
    "issue-date": _k(422, "Date in the future", "Date dans le futur", "An invoice is not dated ahead."),
    "seal-size": _k(
        422, "Facts too long for the seal", "Données trop longues pour le sceau", "Shorten names or references."
    ),
    "chronology": _k(
        409,
        "Earlier than the last number",
        "Antérieure au dernier numéro",
        "A later-dated invoice has a number of this series already; date this one no earlier.",
    ),
    "number-used": _k(
        409, "Number used already", "Numéro déjà utilisé", "Two series give the same number; change a pattern."
    ),
    "number-void": _k(409, "Number is void", "Numéro annulé", "This number was closed without an invoice."),
    "issuer-changed": _k(
        409,
        "The issuer's details changed meanwhile",
        "L'émetteur a été modifié entre-temps",
        "Send the same request again.",
    ),
    "draft-gone": _k(
        409,
        "The draft changed or is gone",
        "Brouillon modifié ou disparu",
        "It was changed, issued or deleted meanwhile; read it again.",
    ),
    "no-signing-key": _k(
        409, "No signing key", "Pas de clé de signature", "The server holds no valid signing key of this issuer."
    ),
    "invoice": _k(404, "No such invoice", "Facture introuvable", "Not an invoice of this issuer."),
    "draft": _k(404, "No such draft", "Brouillon introuvable", "Not a draft of this issuer."),
    "series": _k(404, "No such series", "Série introuvable", "Not a series of this issuer."),
    "series-code": _k(422, "Code not valid", "Code non valable", "1 to 32 letters, digits, - and _."),
    "series-pattern": _k(
        422, "Pattern not valid", "Modèle non valable", "`{seq}` once, `{YYYY}` or `{YY}` for a yearly reset."
    ),
    "series-reset": _k(422, "Reset not valid", "Remise à zéro non valable", "`yearly` or `never`."),
    "series-next": _k(
        409,
        "The counter only grows",
        "Le compteur ne fait que croître",
        "`next_number` may grow, and only while the series is empty.",
    ),
    "series-exists": _k(409, "Series exists", "La série existe", "Choose another code."),
    "series-closed": _k(409, "Series is closed", "La série est close", "A closed series stays closed."),
    "series-full": _k(409, "Series is full", "La série est pleine", "The next number would be too long."),
    "language": _k(422, "Language not available", "Langue non disponible", "`fr` or `en`."),
    "lines": _k(422, "Lines not valid", "Lignes non valables", "Name lines of the invoice by their id."),
}

PAYMENTS: dict[str, Kind] = {
    "amount": _k(
        422,
        "Amount not valid",
        "Montant non valable",
        "A decimal string above zero with exactly the currency's digits, such as `1200.00` EUR or `1240` JPY.",
    ),
    "currency": _k(409, "Another currency", "Autre devise", "The payment and the invoice must be in one currency."),
    "date": _k(422, "Date not valid", "Date non valable", "A day of the calendar as YYYY-MM-DD."),
    "means": _k(422, "Means not valid", "Moyen non valable", "A code of UNTDID 4461, such as 30."),
    "reference": _k(422, "Reference not valid", "Référence non valable", "1 to 140 characters."),
    "reason": _k(422, "Reason not valid", "Motif non valable", "1 to 64 bytes."),
    "payment-target": _k(422, "Nothing to pay named", "Rien à payer n'est nommé", "Name `invoice_ids` or `buyer_id`."),
    "payment": _k(404, "No such payment", "Paiement introuvable", "Not a payment of this issuer."),
    "buyer": _k(404, "No such buyer", "Acheteur introuvable", "This issuer has no invoice for this buyer."),
    "buyer-differs": _k(409, "Another buyer", "Autre acheteur", "A payment or credit belongs to one buyer's invoices."),
    "credit-note": _k(409, "It is a credit note", "C'est un avoir", "A credit note is applied, not paid or credited."),
    "credited": _k(409, "Credited already", "Déjà crédité", "Nothing is left to credit."),
    "credit-exceeds": _k(409, "More than remains", "Plus que le reste dû", "Use at most what remains of the invoice."),
    "no-credit": _k(409, "Not enough credit", "Crédit insuffisant", "The buyer has less credit than that."),
    "settled": _k(409, "Nothing remains", "Rien ne reste dû", "The invoice is settled already."),
    "reversed": _k(409, "Reversed already", "Déjà annulé", "The payment was taken back."),
    "fold-prev": _k(409, "Overtaken", "Dépassé", "Another statement about the same object came first; send it again."),
    "fold-key-void": _k(409, "Key not valid", "Clé non valable", "The signing key may not sign this."),
    "fold-credit": _k(409, "Not a credit note", "Pas un avoir", "Only a credit note is applied to an invoice."),
    "fold-credit-left": _k(409, "Credit note used up", "Avoir épuisé", "The credit note has less than that left."),
    "fold-credit-exceeds": _k(
        409, "Credits exceed the invoice", "Crédits supérieurs à la facture", "Credit at most the amount due."
    ),
    "fold-overflow": _k(409, "Amount too large", "Montant trop grand", "A sum would not fit into a record."),
}

ISSUERS: dict[str, Kind] = {
    "issuer": _k(404, "No such issuer", "Émetteur introuvable", "Nobody is enrolled under this id."),
    "issuer-exists": _k(409, "Issuer exists", "L'émetteur existe", "An issuer with this legal id is enrolled already."),
    "identity": _k(
        409,
        "Name and legal id stay",
        "Le nom et l'identifiant légal restent",
        "They are in the ledger; the other details of the seller may change.",
    ),
    "legal-id": _k(422, "Legal id not valid", "Identifiant légal non valable", "See `detail`."),
    "name": _k(422, "Name not valid", "Nom non valable", "See `detail`."),
    "zone": _k(422, "Time zone not known", "Fuseau horaire inconnu", "An IANA zone such as `Europe/Paris`."),
    "scopes": _k(422, "Scopes not valid", "Droits non valables", "See `detail`."),
    "expires": _k(422, "Expiry not valid", "Échéance non valable", "Unix seconds in the future."),
    "api-key": _k(404, "No such API key", "Clé d'API introuvable", "Not a live key of this owner."),
}

LEDGER: dict[str, Kind] = {
    "not-anchored": _k(
        503,
        "Not anchored yet",
        "Pas encore ancré",
        "No checkpoint is final yet; ask again after the next anchor (`Retry-After`).",
    ),
    "database": _k(
        503, "Database does not answer", "La base de données ne répond pas", "Nothing was done; send it again."
    ),
    "anchor": _k(404, "No such checkpoint", "Point de contrôle introuvable", "No checkpoint has this sequence."),
    "unreachable": _k(503, "Chain out of reach", "Chaîne injoignable", "Ask again later."),
    "alarm": _k(
        503,
        "The ledger is stopped",
        "Le registre est arrêté",
        "What is stored does not fit its hashes. The operator runs `sceau audit`.",
    ),
    "no-ledger-key": _k(409, "No ledger key", "Pas de clé du registre", "The operator runs `sceau init`."),
    "seal-shape": _k(422, "Not a seal", "Pas un sceau", "Send what stands behind `#` in the QR code's address."),
    "base64url": _k(422, "Not base64url", "Pas du base64url", "RFC 4648 §5 without padding."),
}

KINDS: dict[str, Kind] = REQUEST | INVOICES | PAYMENTS | ISSUERS | LEDGER


def title(code: str, status: int, language: str) -> str:
    """The title of a code, or of its status when the code has no entry."""
    kind = KINDS.get(code)
    en, fr = (kind.en, kind.fr) if kind is not None else GENERAL.get(status, GENERAL[500])
    return fr if language == "fr" else en
