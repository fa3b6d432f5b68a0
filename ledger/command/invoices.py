"""`sceau issue`, `pay`, `credit`, `bundle`, `pdf` and `status`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ledger.checkpoints import last_checkpoint, waiting_count
from ledger.command.opened import opened, read_file, write_new
from ledger.command.output import Output, instant
from ledger.context import Ledger, read_meta
from ledger.credit import credit_invoice
from ledger.errors import Invalid
from ledger.invoices import Invoice, events_of, find_invoice, get_invoice, list_invoices, progress_of, standings_of
from ledger.issue import Item, issue
from ledger.issuers import Issuer, find_issuer, list_issuers, today_of
from ledger.prove import prove_invoice
from ledger.renditions import pdf_of
from ledger.settle import Payment, Receipt, record_payment, reverse_payment
from ledger.store.database import reading
from verifier.canonical import format_amount
from verifier.dates import iso_day
from verifier.statement import EntryType
from verifier.verdict import Standing


def add_commands(commands: Any) -> None:
    """The parsers of the commands about invoices."""
    parser = commands.add_parser("issue", help="issue drafts: number, seal and log them, all or none")
    _issuer(parser)
    parser.add_argument("files", type=Path, nargs="+", metavar="DRAFT", help="JSON drafts")
    parser.add_argument("--series", default="F")
    parser.set_defaults(run=_issue)

    parser = commands.add_parser("pay", help="record a payment, or take one back")
    _issuer(parser)
    parser.add_argument("invoices", nargs="*", metavar="INVOICE", help="numbers, in the order to be settled")
    parser.add_argument("--buyer", help="SCHEME:VALUE: spread over what this buyer owes, oldest first")
    parser.add_argument("--amount", help="decimal, such as 120.00 (default: what remains of the invoice)")
    parser.add_argument("--currency", help="default: the invoice's")
    parser.add_argument("--date", help="YYYY-MM-DD (default: today)")
    parser.add_argument("--means", default="30", help="UNTDID 4461 code: 30 transfer, 48 card, 10 cash")
    parser.add_argument("--reference", help="the bank's reference")
    parser.add_argument("--reverse", metavar="PAYMENT", help="take this payment back")
    parser.add_argument("--reason", default="recorded by mistake", help="of a reversal")
    parser.set_defaults(run=_pay)

    parser = commands.add_parser("credit", help="issue a credit note for an invoice and apply it")
    _issuer(parser)
    parser.add_argument("invoice")
    parser.add_argument("--series", default="A")
    parser.add_argument("--line", action="append", help="id of a line to credit (default: the whole invoice)")
    parser.set_defaults(run=_credit)

    parser = commands.add_parser("bundle", help="write an invoice's proof")
    _issuer(parser)
    parser.add_argument("invoice")
    parser.add_argument("-o", "--output", type=Path, help="file (default NUMBER.sceau)")
    parser.add_argument("--open", action="append", metavar="MEMBER", help="claims to show (default: all)")
    parser.set_defaults(run=_bundle)

    parser = commands.add_parser("pdf", help="write an invoice's PDF, which is rendered and logged once")
    _issuer(parser)
    parser.add_argument("invoice")
    parser.add_argument("--language", choices=("fr", "en"), default="fr")
    parser.add_argument("-o", "--output", type=Path, help="file (default NUMBER.pdf)")
    parser.set_defaults(run=_pdf)

    parser = commands.add_parser("status", help="how the ledger, an issuer's invoices or one invoice stand")
    parser.add_argument("invoice", nargs="?")
    parser.add_argument("--issuer", help="legal id or id")
    parser.set_defaults(run=_status)


def _issuer(parser: Any) -> None:
    parser.add_argument("--issuer", help="legal id or id (default: the only one)")


def _the_issuer(ledger: Ledger, name: str | None) -> Issuer:
    if name is not None:
        return find_issuer(ledger, name)
    with reading(ledger.engine) as connection:
        found = list_issuers(connection)
    if len(found) != 1:
        raise Invalid("issuer", f"there are {len(found)} issuers; name one", where="--issuer")
    return found[0]


def _issue(options: argparse.Namespace, output: Output) -> int:
    items = [Item(read_file(path), options.series) for path in options.files]
    with opened(options) as ledger:
        issuer = _the_issuer(ledger, options.issuer)
        made = issue(ledger, issuer.id, items)
    output.data([{"id": m.id, "number": m.number, "seal_digest": m.seal_digest.hex()} for m in made])
    rows = [(m.number, m.seal_digest.hex(), str(p)) for m, p in zip(made, options.files, strict=True)]
    output.table(f"Issued by {issuer.name}", ("number", "seal digest", "from"), rows)
    output.say("Logged at the next anchor: sceau anchor")
    return 0


def _pay(options: argparse.Namespace, output: Output) -> int:
    with opened(options) as ledger:
        issuer = _the_issuer(ledger, options.issuer)
        if options.reverse is not None:
            paid = reverse_payment(ledger, issuer.id, options.reverse, options.reason)
            output.say(f"Taken back: {paid.id}", "yellow")
        else:
            paid = record_payment(ledger, issuer.id, _receipt(ledger, issuer, options))
        numbers = _numbers(ledger, issuer, paid)
    output.data(payment_to_json(paid))
    rows = [(numbers[part.invoice_id], _money(part.amount, paid)) for part in paid.allocations if not part.reversed]
    output.table(f"Payment {paid.id}", ("invoice", "amount>", ""), [(*row, paid.currency) for row in rows])
    if paid.unallocated:
        output.say(f"{_money(paid.unallocated, paid)} {paid.currency} stays as the customer's credit.")
    return 0


def _receipt(ledger: Ledger, issuer: Issuer, options: argparse.Namespace) -> Receipt:
    found = [find_invoice(ledger, issuer.id, name) for name in options.invoices]
    amount = options.amount
    if amount is None:
        if not found:
            raise Invalid("amount", "an amount is needed", where="--amount")
        with reading(ledger.engine) as connection:
            standings = standings_of(connection, ledger, found)
        amount = format_amount(sum(item.remaining for item in standings.values()), found[0].exponent)
    currency = options.currency or (found[0].currency if found else "EUR")
    today = today_of(ledger, issuer).isoformat()
    return Receipt(
        amount=amount,
        currency=currency,
        date=options.date or today,
        means=options.means,
        reference=options.reference,
        invoice_ids=tuple(item.id for item in found),
        buyer_id=options.buyer,
    )


def payment_to_json(paid: Payment) -> dict[str, Any]:
    """The machine form of a payment."""
    return {
        "id": paid.id,
        "buyer_id": paid.buyer_id,
        "amount": _money(paid.amount, paid),
        "currency": paid.currency,
        "date": iso_day(paid.day),
        "unallocated": _money(paid.unallocated, paid),
        "reversed": paid.reversed is not None,
        "allocations": [
            {"invoice_id": part.invoice_id, "amount": _money(part.amount, paid), "reversed": part.reversed}
            for part in paid.allocations
        ],
    }


def _money(amount: int, paid: Payment) -> str:
    return format_amount(amount, paid.exponent)


def _numbers(ledger: Ledger, issuer: Issuer, paid: Payment) -> dict[str, str]:
    with reading(ledger.engine) as connection:
        return {p.invoice_id: get_invoice(connection, issuer.id, p.invoice_id).number for p in paid.allocations}


def _credit(options: argparse.Namespace, output: Output) -> int:
    with opened(options) as ledger:
        issuer = _the_issuer(ledger, options.issuer)
        invoice = find_invoice(ledger, issuer.id, options.invoice)
        issued, applied = credit_invoice(ledger, issuer.id, invoice.id, options.series, options.line)
    amount = "0" if applied is None else format_amount(applied.amount, invoice.exponent)
    output.data({"id": issued.id, "number": issued.number, "applied": amount, "invoice": invoice.number})
    output.say(f"Credit note {issued.number}: {amount} {invoice.currency} applied to {invoice.number}.", "green")
    return 0


def _bundle(options: argparse.Namespace, output: Output) -> int:
    with opened(options) as ledger:
        issuer = _the_issuer(ledger, options.issuer)
        invoice = find_invoice(ledger, issuer.id, options.invoice)
        data = prove_invoice(ledger, invoice, None if options.open is None else frozenset(options.open)).encode()
    path: Path = options.output or Path(f"{file_name(invoice.number)}.sceau")
    write_new(path, data)
    output.data({"file": str(path), "bytes": str(len(data)), "number": invoice.number})
    output.say(f"{path}: {len(data)} bytes. Check it with: sceau-verify {path}")
    return 0


def _pdf(options: argparse.Namespace, output: Output) -> int:
    with opened(options) as ledger:
        issuer = _the_issuer(ledger, options.issuer)
        invoice = find_invoice(ledger, issuer.id, options.invoice)
        made = pdf_of(ledger, issuer.id, invoice.id, options.language)
        public_url = ledger.settings.public_url
    path: Path = options.output or Path(f"{file_name(invoice.number)}.pdf")
    write_new(path, made.content)
    output.data({"file": str(path), "sha256": made.hash.hex(), "number": invoice.number})
    output.say(f"{path}: {len(made.content)} bytes, SHA-256 {made.hash.hex()} (logged).")
    output.say(f"Its code leads to {public_url}/v; SCEAU_PUBLIC_URL says where.")
    return 0


def file_name(number: str) -> str:
    """A number as a file name."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in number).lstrip(".") or "invoice"


def standing_to_json(invoice: Invoice, standing: Standing, progress: str) -> dict[str, Any]:
    """The machine form of how an invoice stands."""
    names = ("due", "received", "credited", "written_off", "remaining")
    amounts = {name: format_amount(getattr(standing, name), invoice.exponent) for name in names}
    return {
        "number": invoice.number,
        "buyer": invoice.buyer_name,
        "issue_date": iso_day(invoice.issue_day),
        "due_date": None if invoice.due_day is None else iso_day(invoice.due_day),
        "currency": invoice.currency,
        "status": standing.label,
        "flags": list(standing.flags),
        **amounts,
        "progress": progress,
    }


def _status(options: argparse.Namespace, output: Output) -> int:
    with opened(options) as ledger:
        if options.invoice is None and options.issuer is None:
            return _ledger_status(ledger, output)
        issuer = _the_issuer(ledger, options.issuer)
        with reading(ledger.engine) as connection:
            if options.invoice is None:
                found = list_invoices(connection, issuer.id, limit=10**9)
            else:
                found = [find_invoice(ledger, issuer.id, options.invoice)]
            standings = standings_of(connection, ledger, found)
            shown = []
            for item in found:
                seal = events_of(connection, item.map_key)[0]
                progress = progress_of(connection, seal.log_index)
                shown.append(standing_to_json(item, standings[item.id], progress))
            events = events_of(connection, found[0].map_key) if options.invoice is not None else []
    output.data(shown if options.invoice is None else shown[0])
    rows = [
        (s["number"], s["buyer"], s["due_date"] or "–", s["due"], s["remaining"], s["currency"], s["status"],
         s["progress"]) for s in shown
    ]  # fmt: skip
    columns = ("number", "buyer", "due date", "amount due>", "remaining>", "", "status", "proof")
    output.table(f"Invoices of {issuer.name}", columns, rows)
    for event in events:
        index = "waiting" if event.log_index is None else f"log index {event.log_index}"
        name = EntryType(event.type).name.lower().replace("_", " ")
        output.say(f"  {instant(event.accepted)}  {name}  ({index})")
    return 0


def _ledger_status(ledger: Ledger, output: Output) -> int:
    with reading(ledger.engine) as connection:
        last = last_checkpoint(connection)
        waiting = waiting_count(connection)
        alarm = read_meta(connection, "alarm")
        enrolled = len(list_issuers(connection))
    settings = ledger.settings
    value = {
        "ledger": ledger.ledger_id.hex(),
        "chain_id": str(settings.chain_id),
        "contract": ledger.contract.hex(),
        "issuers": str(enrolled),
        "entries": str(0 if last is None else last.size),
        "waiting": str(waiting),
        "checkpoint": str(0 if last is None else last.sequence),
        "alarm": alarm,
    }
    output.data(value)
    for name, text in value.items():
        output.say(f"{name:>11}  {text if text is not None else 'none'}", "red" if name == "alarm" and alarm else "")
    return 1 if alarm else 0
