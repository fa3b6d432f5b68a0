"""The words of a verdict in English and French: command, report and page say the same.

Every code of `verifier.verdict` has its sentence and its advice here. No sentence says that an invoice is
free to finance: that nothing is assigned under one head is no promise about the next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from verifier.checklist import TITLES

Lang = Literal["en", "fr"]
LANGS: Final[tuple[Lang, ...]] = ("en", "fr")

_BEFORE_SIGN: Final = re.compile(r" (?=[;:!?»])|(?<=«) ")

Pair = tuple[str, str]
"""English, French."""

CALL: Final[Pair] = (
    "Call the issuer on a number that you already had, never on one printed on this document.",
    "Appelez l'émetteur à un numéro que vous aviez déjà, jamais à celui imprimé sur ce document.",
)
DO_NOT_PAY: Final[Pair] = ("Do not pay.", "Ne payez pas.")
NOT_YET: Final[Pair] = ("Do not pay yet.", "Ne payez pas pour l'instant.")
AGAIN: Final[Pair] = ("Try again later, or from another network.", "Réessayez plus tard ou depuis un autre réseau.")
FRESH: Final[Pair] = (
    "Ask the sender for a new proof, or scan the code again with a connection.",
    "Demandez une preuve récente à l'expéditeur, ou scannez à nouveau le code avec une connexion.",
)
COMPARE: Final[Pair] = (
    "Compare every fact below with the document in your hand; if one differs, do not pay and call the issuer on "
    "a number that you already had.",
    "Comparez chaque donnée ci-dessous avec le document que vous tenez ; si l'une diffère, ne payez pas et "
    "appelez l'émetteur à un numéro que vous aviez déjà.",
)

HEADLINES: Final[Mapping[str, Pair]] = {
    "current": ("Authentic", "Authentique"),
    "as_of": ("Authentic, but not up to date", "Authentique, mais pas à jour"),
    "forged": ("Forged", "Falsifiée"),
    "cannot_tell": ("Cannot tell", "Impossible à dire"),
    "not_sealed_file": ("Not the sealed file", "Pas le fichier scellé"),
    "malformed": ("Unreadable", "Illisible"),
}
"""By mark: the one word that a person remembers."""

REASONS: Final[Mapping[str, Pair]] = {
    "authentic": (
        "The issuer's key signed exactly these facts, and the ledger holds them.",
        "La clé de l'émetteur a signé exactement ces données, et le registre les contient.",
    ),
    "superseded": (
        "The ledger has moved on since: what happened after {as_of} is not shown here.",
        "Le registre a avancé depuis : ce qui s'est passé après le {as_of} n'apparaît pas ici.",
    ),
    "stale": (
        "Nothing newer than {as_of} could be proven, which is older than allowed: the status may have changed.",
        "Rien de plus récent que le {as_of} n'a pu être prouvé, ce qui dépasse l'âge admis : la situation a pu "
        "changer.",
    ),
    "signature": (
        "The seal claims a key of this issuer, but that key did not sign it.",
        "Le sceau se réclame d'une clé de cet émetteur, mais cette clé ne l'a pas signé.",
    ),
    "other-digest": (
        "The issuer sealed another invoice under this number: amount, account, date or content were changed.",
        "L'émetteur a scellé une autre facture sous ce numéro : montant, compte, date ou contenu ont été modifiés.",
    ),
    "number-void": (
        "The issuer closed this number for good without an invoice.",
        "L'émetteur a clos ce numéro définitivement, sans facture.",
    ),
    "key-void": (
        "It was signed with a key that its owner had already declared stolen.",
        "Elle a été signée avec une clé que son propriétaire avait déjà déclarée volée.",
    ),
    "document-contradicts": (
        "The seal and the document sealed under it state different facts.",
        "Le sceau et le document qu'il scelle énoncent des données différentes.",
    ),
    "not-the-sealed-file": (
        "The code is genuine, but this file is not one that the issuer registered: it may be a scan or a print, or "
        "a copy that was altered.",
        "Le code est authentique, mais ce fichier n'est pas de ceux que l'émetteur a enregistrés : ce peut être une "
        "numérisation, une impression, ou une copie altérée.",
    ),
    "file-unknown": (
        "The code is genuine, but nothing proves that this file is the issuer's.",
        "Le code est authentique, mais rien ne prouve que ce fichier soit celui de l'émetteur.",
    ),
    "not-in-this-ledger": (
        "The ledger does not hold this invoice as of {as_of}. A new invoice looks like this until it is anchored; "
        "so does an invented one.",
        "Le registre ne contient pas cette facture au {as_of}. Une facture récente se présente ainsi avant son "
        "ancrage ; une facture inventée aussi.",
    ),
    "not-anchored": (
        "The proof is newer than what the blockchain confirms so far.",
        "La preuve est plus récente que ce que la blockchain confirme à cette heure.",
    ),
    "disowned": (
        "The issuer says that the signing key was already out of its hands when this was sealed.",
        "L'émetteur déclare que la clé de signature lui avait déjà échappé quand cette facture a été scellée.",
    ),
    "unreachable": (
        "The ledger or the blockchain could not be asked. This says nothing about the invoice.",
        "Le registre ou la blockchain n'ont pas pu être interrogés. Cela ne dit rien de la facture.",
    ),
    "bad-evidence": (
        "The proof is damaged or incomplete. This says nothing about the invoice.",
        "La preuve est abîmée ou incomplète. Cela ne dit rien de la facture.",
    ),
    "damaged-seal": (
        "The seal was damaged on its way; the ledger holds its facts, signed correctly.",
        "Le sceau a été abîmé en chemin ; le registre contient ses données, correctement signées.",
    ),
    "newer-version": (
        "This proof is written in a newer version of the protocol.",
        "Cette preuve est écrite dans une version plus récente du protocole.",
    ),
    "no-policy": (
        "You have not said that you trust the ledger of this proof.",
        "Vous n'avez pas indiqué faire confiance au registre de cette preuve.",
    ),
    "no-contract": (
        "The contract that your policy names is not at that address, or does not know the ledger.",
        "Le contrat que nomme votre politique n'est pas à cette adresse, ou ne connaît pas le registre.",
    ),
    "wrong-chain": (
        "The node serves another blockchain than the one that your policy names.",
        "Le nœud sert une autre blockchain que celle que nomme votre politique.",
    ),
    "zone-unknown": (
        "This machine does not know the issuer's time zone.",
        "Cette machine ne connaît pas le fuseau horaire de l'émetteur.",
    ),
    "no-host": (
        "Your policy names no host that could be asked about a scanned code.",
        "Votre politique ne nomme aucun hôte à interroger pour un code scanné.",
    ),
    "offline": (
        "The ledger was not asked, as you wished. Only the code was read: its signature is not checked.",
        "Le registre n'a pas été interrogé, comme demandé. Seul le code a été lu : sa signature n'est pas vérifiée.",
    ),
    "offline-signed": (
        "Signed by a key that the file itself names; the ledger was not asked, so nothing confirms that key.",
        "Signée par une clé que nomme le fichier lui-même ; le registre n'a pas été interrogé, donc rien ne confirme "
        "cette clé.",
    ),
}
"""By reason code, and by status reason for *as of*."""

OTHER_REASON: Final[Pair] = ("The check could not be finished ({code}).", "La vérification n'a pu aboutir ({code}).")

ADVICE: Final[Mapping[str, tuple[Pair, ...]]] = {
    "forged": (DO_NOT_PAY, CALL),
    "superseded": (FRESH, COMPARE),
    "stale": (FRESH, COMPARE),
    "not-the-sealed-file": (
        NOT_YET,
        (
            "Ask for the original file, or compare every fact below with what the file shows.",
            "Demandez le fichier d'origine, ou comparez chaque donnée ci-dessous avec ce que montre le fichier.",
        ),
        CALL,
    ),
    "file-unknown": (NOT_YET, COMPARE),
    "not-in-this-ledger": (
        NOT_YET,
        ("Wait for the ledger's next anchor and check again.", "Attendez le prochain ancrage et vérifiez à nouveau."),
        CALL,
    ),
    "not-anchored": (NOT_YET, ("Check again in a few minutes.", "Vérifiez à nouveau dans quelques minutes.")),
    "disowned": (DO_NOT_PAY, CALL),
    "unreachable": (NOT_YET, AGAIN),
    "bad-evidence": (NOT_YET, FRESH),
    "damaged-seal": (NOT_YET, FRESH),
    "newer-version": (NOT_YET, ("Update this verifier.", "Mettez ce vérificateur à jour.")),
    "no-policy": (
        NOT_YET,
        (
            "If you know this ledger from a source that you trust, add it: sceau-verify trust --help",
            "Si vous connaissez ce registre par une source sûre, ajoutez-le : sceau-verify trust --help",
        ),
    ),
    "no-contract": (NOT_YET, ("Check your policy file.", "Vérifiez votre fichier de politique.")),
    "wrong-chain": (NOT_YET, ("Check your policy file.", "Vérifiez votre fichier de politique.")),
    "no-host": (
        NOT_YET,
        (
            "Ask for the .sceau file, or add the ledger's host: sceau-verify trust --help",
            "Demandez le fichier .sceau, ou ajoutez l'hôte du registre : sceau-verify trust --help",
        ),
    ),
    "offline": (NOT_YET, ("Check again with a connection.", "Vérifiez à nouveau avec une connexion.")),
    "offline-signed": (NOT_YET, ("Check again with a connection.", "Vérifiez à nouveau avec une connexion.")),
}
"""By reason code: what to do next, the most urgent first."""

CHECKS_FR: Final = (
    "La preuve a sa forme unique",
    "Les données du sceau sont celles du document",
    "Les clés du registre et de l'émetteur découlent du journal",
    "La signature du sceau",
    "L'état de la facture découle du journal",
    "Chaque entrée est dans le journal",
    "Les trois fiches sont dans l'arbre d'état",
    "Le point de contrôle est sur la blockchain",
    "La réponse de la blockchain est récente",
    "Quand elle a été enregistrée",
    "Qui est l'émetteur",
)

OUTCOMES: Final[Mapping[str, Pair]] = {
    "passed": ("passed", "réussi"),
    "failed": ("failed", "échoué"),
    "skipped": ("not done", "non fait"),
}

LABELS: Final[Mapping[str, Pair]] = {
    "issued": ("to be paid", "à payer"),
    "partially_paid": ("partly paid", "payée en partie"),
    "paid": ("paid", "payée"),
    "settled": ("settled, nothing left to pay", "soldée, rien à payer"),
    "overdue": ("overdue", "en retard"),
    "disputed": ("disputed", "contestée"),
    "credited": ("cancelled by a credit note", "annulée par un avoir"),
    "written_off": ("written off", "passée en perte"),
    "partially_applied": ("credit partly used", "avoir utilisé en partie"),
    "applied": ("credit fully used", "avoir entièrement utilisé"),
}
"""By `Standing.label`."""

CREDIT_NOTE_ISSUED: Final[Pair] = ("credit to be used", "avoir à utiliser")

FLAGS: Final[Mapping[str, Pair]] = {
    "assigned": ("assigned to a financier", "cédée à un financeur"),
    "disputed": ("disputed", "contestée"),
    "erased": ("its content was erased", "son contenu a été effacé"),
}

GRADES: Final[Mapping[str, Pair]] = {
    "declared": ("declared by the issuer", "déclarés par l'émetteur"),
    "matched": (
        "matched to a bank statement file that the issuer supplied",
        "rapprochés d'un relevé bancaire fourni par l'émetteur",
    ),
    "proven": ("proven on the blockchain", "prouvés sur la blockchain"),
}

CUSTODY: Final[Mapping[str, Pair]] = {
    "server": ("held by the ledger's server for the issuer", "détenue par le serveur du registre pour l'émetteur"),
    "client": ("held by the issuer itself", "détenue par l'émetteur lui-même"),
    "device": ("held in a device of the issuer", "détenue dans un appareil de l'émetteur"),
}

TIERS: Final[Mapping[str, Pair]] = {
    "one": (
        "one node, taken at its word: a dishonest one could show a chain of its own, so name one that you trust",
        "un seul nœud, cru sur parole : malhonnête, il pourrait montrer sa propre chaîne ; prenez-en un de confiance",
    ),
    "k-of-n": ("several nodes that agree", "plusieurs nœuds concordants"),
    "light-client": ("light client: no node is trusted", "client léger : aucun nœud n'est cru sur parole"),
}

IDENTITIES: Final[Mapping[str, Pair]] = {
    "declared": (
        "declared only: nobody has checked who typed this name",
        "déclarée seulement : personne n'a vérifié qui a saisi ce nom",
    ),
    "domain": (
        "domain {value}, checked by the ledger on {date}; not re-checked now",
        "domaine {value}, contrôlé par le registre le {date} ; non recontrôlé maintenant",
    ),
    "certificate": (
        "certificate {value}, checked by the ledger on {date}; not re-checked now",
        "certificat {value}, contrôlé par le registre le {date} ; non recontrôlé maintenant",
    ),
    "other": (
        "{kind} {value}, checked by the ledger on {date}; not re-checked now",
        "{kind} {value}, contrôlé par le registre le {date} ; non recontrôlé maintenant",
    ),
}

# fmt: off
MONTHS: Final[Mapping[Lang, tuple[str, ...]]] = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
        "novembre", "décembre",
    ),
}
# fmt: on


def pick(pair: Pair, lang: Lang, **values: str) -> str:
    """One language of a pair, with its blanks filled in; in French no line begins with a `;` or a `:`."""
    text = pair[0] if lang == "en" else _BEFORE_SIGN.sub("\u00a0", pair[1])
    return text.format(**values) if values else text


def check_title(step: int, lang: Lang) -> str:
    """Title of one of the eleven checks."""
    return TITLES[step - 1] if lang == "en" else CHECKS_FR[step - 1]
