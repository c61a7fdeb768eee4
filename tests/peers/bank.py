"""A bank that takes direct debits and credit transfers as files, keeps books, and answers with files.

It shares nothing with what it tests: it checks what it is sent against the official schemas as the package `sepaxml` carries
them, reads it with lxml, counts in decimals, and writes its answers with the classes that `pyiso20022` generated from
the schemas. A script, a JSON object, says what it does wrong or against our wishes:

    status     what accepted entries are reported as: ACCP, ACSP, PDNG, ACSC; nothing: only rejections are reported
    reject     end-to-end id -> reason: the entry is refused
    refuse     a reason: the whole file is refused
    as_one     true: a batch is booked as one entry without its parts
    parts      true: a batch is booked as one entry with its parts
    alter      end-to-end id -> amount: another amount is booked
    currency   end-to-end id -> currency: in another currency
    repeat     end-to-end ids that are listed twice, under the same reference
    twice      end-to-end ids that are really booked twice
    strangers  amounts that come in from people we have never heard of
    forget     end-to-end ids that are never booked

Usage: bank.py FOLDER receive FILE [SCRIPT] | return ID REASON [FEE] | notify | statement
Prints the answer, if there is one.
"""

import importlib
import json
import pathlib
import sys
from decimal import Decimal

import sepaxml
from lxml import etree
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig
from xsdata.models.datatype import XmlDate, XmlDateTime

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
SCHEMAS = pathlib.Path(sepaxml.__file__).parent / "schemas"
OURS = "DE89370400440532013000"
TODAY = XmlDate(2026, 11, 24)
NOW = XmlDateTime(2026, 11, 24, 18, 30, 0, 0, 0)


class Refused(Exception):
    """A file that the bank does not take, with a reason of its list."""


class Books:
    """What the bank knows, kept in one JSON file."""

    def __init__(self, folder):
        self.path = folder / "books.json"
        fresh = {"files": [], "entries": {}, "bookings": [], "notified": 0, "stated": 0, "messages": 0}
        self.data = json.loads(self.path.read_text()) if self.path.exists() else fresh

    def keep(self):
        self.path.write_text(json.dumps(self.data, indent=1))

    def message_id(self, prefix):
        self.data["messages"] += 1
        return f"{prefix}-{self.data['messages']}"

    def book(self, **booking):
        """Moves money. Every booking has a reference of its own, whatever it is for."""
        booking["reference"] = f"BOOK{len(self.data['bookings']) + 1:06}"
        self.data["bookings"].append(booking)
        return booking


def main(folder, command, *arguments):
    books = Books(pathlib.Path(folder))
    answer = COMMANDS[command](books, *arguments)
    books.keep()
    if answer is not None:
        sys.stdout.buffer.write(answer)


# ── What we are sent ────────────────────────────────────────────────────────────────────────────────────────────────


def receive(books, path, script="{}"):
    script = json.loads(script)
    document = etree.fromstring(pathlib.Path(path).read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    message = document.tag.removeprefix("{" + NAMESPACE).split("}")[0]
    order = Order(document, message)
    try:
        order.check(books)
        if "refuse" in script:
            raise Refused(script["refuse"])
    except Refused as refused:
        return status_report(books, order, refused.args[0], {}, script)
    books.data["files"].append(order.id)
    rejected = {id: reason for id, reason in script.get("reject", {}).items() if id in order.ids()}
    for batch, entries in order.batches.items():
        accepted = [entry for entry in entries if entry["id"] not in rejected]
        for entry in accepted:
            books.data["entries"][entry["id"]] = {"amount": entry["amount"], "incoming": order.incoming, "batch": batch}
        settle(books, order, batch, accepted, script)
    for amount in script.get("strangers", []):
        books.book(id="RENT-MARCH", batch=None, amount=amount, currency="EUR", incoming=True)
    return status_report(books, order, None, rejected, script)


class Order:
    """A pain.001 or pain.008 as the bank understands it."""

    def __init__(self, document, message):
        self.document, self.message = document, message
        self.incoming = message.startswith("pain.008")
        self.id = self.text(document, ".//GrpHdr/MsgId") or "NOTPROVIDED"
        self.batches = {}

    def find(self, element, path):
        return element.findall(path, namespaces={None: NAMESPACE + self.message})

    def text(self, element, path):
        found = self.find(element, path)
        return found[0].text if found else None

    def ids(self):
        return {entry["id"] for entries in self.batches.values() for entry in entries}

    def check(self, books):
        schema = SCHEMAS / f"{self.message}.xsd"
        if not schema.exists():
            raise Refused("FF01")
        if not etree.XMLSchema(etree.parse(schema)).validate(self.document):
            raise Refused("FF01")
        if self.id in books.data["files"]:
            raise Refused("AM05")
        ours, theirs, one = ("Cdtr", "Dbtr", "DrctDbtTxInf") if self.incoming else ("Dbtr", "Cdtr", "CdtTrfTxInf")
        total, count = Decimal(0), 0
        for batch in self.find(self.document, ".//PmtInf"):
            if self.text(batch, f"{ours}Acct/Id/IBAN") != OURS:
                raise Refused("AC01")
            entries = [self.entry(element, theirs) for element in self.find(batch, one)]
            amount = sum(Decimal(entry["amount"]) for entry in entries)
            self.agree(batch, len(entries), amount)
            self.batches[self.text(batch, "PmtInfId")] = entries
            total, count = total + amount, count + len(entries)
        self.agree(self.find(self.document, ".//GrpHdr")[0], count, total)

    def agree(self, element, count, total):
        if int(self.text(element, "NbOfTxs")) != count or Decimal(self.text(element, "CtrlSum")) != total:
            raise Refused("AM10")

    def entry(self, element, theirs):
        amount = self.find(element, "InstdAmt" if self.incoming else "Amt/InstdAmt")[0]
        iban = self.text(element, f"{theirs}Acct/Id/IBAN")
        if int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 != 1:
            raise Refused("AC01")
        if amount.get("Ccy") != "EUR":
            raise Refused("AM03")
        if self.incoming and not self.text(element, "DrctDbtTx/MndtRltdInf/MndtId"):
            raise Refused("MD01")
        return {"id": self.text(element, "PmtId/EndToEndId"), "amount": amount.text, "name": self.text(element, f"{theirs}/Nm")}


def settle(books, order, batch, entries, script):
    """Books what was accepted, in the way that the script asks for."""
    entries = [entry for entry in entries if entry["id"] not in script.get("forget", [])]
    if not entries:
        return
    parts = [
        {
            "id": entry["id"],
            "amount": script.get("alter", {}).get(entry["id"], entry["amount"]),
            "currency": script.get("currency", {}).get(entry["id"], "EUR"),
        }
        for entry in entries
    ]
    if script.get("as_one") or script.get("parts"):
        total = str(sum(Decimal(part["amount"]) for part in parts))
        books.book(
            id=None,
            batch=batch,
            count=len(parts),
            amount=total,
            currency="EUR",
            incoming=order.incoming,
            parts=parts if script.get("parts") else [],
        )
        return
    for part in parts:
        booking = books.book(batch=batch, incoming=order.incoming, **part)
        if part["id"] in script.get("repeat", []):
            books.data["bookings"].append(dict(booking, listed_again=True))
        if part["id"] in script.get("twice", []):
            books.book(batch=batch, incoming=order.incoming, **part)


def give_back(books, id, reason, fee="0"):
    entry = books.data["entries"][id]
    amount = str(Decimal(entry["amount"]) + Decimal(fee))
    books.book(
        id=id,
        batch=None,
        amount=amount,
        currency="EUR",
        incoming=not entry["incoming"],
        reason=reason,
        original=entry["amount"] if Decimal(fee) else None,
    )


# ── What the bank answers ───────────────────────────────────────────────────────────────────────────────────────────


def classes(message):
    return importlib.import_module(f"pyiso20022.{message[:4]}.{message.replace('.', '_')}")


def write(document, message):
    serializer = XmlSerializer(config=SerializerConfig(indent="  "))
    return serializer.render(document, ns_map={None: NAMESPACE + message}).encode()


def status_report(books, order, refused, rejected, script):
    c = classes("pain.002.001.10")

    def because(reason):
        return [c.StatusReasonInformation12(rsn=c.StatusReason6Choice(cd=reason), addtl_inf=["because it is so"])]

    def entry(id, status, reason=None):
        return c.PaymentTransaction105(
            sts_id=f"S{id}",
            orgnl_end_to_end_id=id,
            tx_sts=status,
            sts_rsn_inf=because(reason) if reason else [],
        )

    batches = []
    for batch, entries in order.batches.items() if refused is None else []:
        named = [entry(e["id"], "RJCT", rejected[e["id"]]) for e in entries if e["id"] in rejected]
        status = script.get("status")
        if status and named:
            named += [entry(e["id"], status) for e in entries if e["id"] not in rejected]
        if named or status:
            whole = "PART" if named else status
            batches.append(c.OriginalPaymentInstruction32(orgnl_pmt_inf_id=batch, pmt_inf_sts=whole, tx_inf_and_sts=named))
    report = c.CustomerPaymentStatusReportV10(
        grp_hdr=c.GroupHeader86(msg_id=books.message_id("PSR"), cre_dt_tm=NOW),
        orgnl_grp_inf_and_sts=c.OriginalGroupHeader17(
            orgnl_msg_id=order.id,
            orgnl_msg_nm_id=order.message,
            grp_sts="RJCT" if refused else None,
            sts_rsn_inf=because(refused) if refused else [],
        ),
        orgnl_pmt_inf_and_sts=batches,
    )
    return write(c.Document(cstmr_pmt_sts_rpt=report), "pain.002.001.10")


def notify(books):
    message = "camt.054.001.08"
    c = classes(message)
    bookings = books.data["bookings"][books.data["notified"] :]
    books.data["notified"] = len(books.data["bookings"])
    notification = c.AccountNotification17(
        id=books.message_id("NTFCTN"), cre_dt_tm=NOW, acct=account(c), ntry=[entry_of(c, booking) for booking in bookings]
    )
    header = c.GroupHeader81(msg_id=books.message_id("C54"), cre_dt_tm=NOW)
    body = c.BankToCustomerDebitCreditNotificationV08(grp_hdr=header, ntfctn=[notification])
    return write(c.Document(bk_to_cstmr_dbt_cdt_ntfctn=body), message)


def statement(books):
    message = "camt.053.001.08"
    c = classes(message)
    before, bookings = books.data["bookings"][: books.data["stated"]], books.data["bookings"][books.data["stated"] :]
    books.data["stated"] = len(books.data["bookings"])
    # A listing that is only repeated moves nothing.
    opening = Decimal("100000.00") + moved(before)
    bookings = [booking for booking in bookings if not booking.get("listed_again")]
    closing = opening + moved(bookings)
    stated = c.AccountStatement9(
        id=books.message_id("STMT"),
        elctrnc_seq_nb=Decimal(books.data["messages"]),
        cre_dt_tm=NOW,
        acct=account(c),
        bal=[balance(c, "OPBD", opening), balance(c, "CLBD", closing)],
        ntry=[entry_of(c, booking) for booking in bookings],
    )
    header = c.GroupHeader81(msg_id=books.message_id("C53"), cre_dt_tm=NOW)
    return write(c.Document(bk_to_cstmr_stmt=c.BankToCustomerStatementV08(grp_hdr=header, stmt=[stated])), message)


def moved(bookings):
    signed = [Decimal(b["amount"]) * (1 if b["incoming"] else -1) for b in bookings if not b.get("listed_again")]
    return sum(signed, Decimal(0))


def account(c):
    return c.CashAccount39(id=c.AccountIdentification4Choice(iban=OURS), ccy="EUR")


def balance(c, code, amount):
    return c.CashBalance8(
        tp=c.BalanceType13(cd_or_prtry=c.BalanceType10Choice(cd=code)),
        amt=money(c, abs(amount), "EUR"),
        cdt_dbt_ind=direction(c, amount >= 0),
        dt=c.DateAndDateTime2Choice(dt=TODAY),
    )


def money(c, amount, currency):
    return c.ActiveOrHistoricCurrencyAndAmount(value=Decimal(amount).quantize(Decimal("0.01")), ccy=currency)


def direction(c, incoming):
    return c.CreditDebitCode.CRDT if incoming else c.CreditDebitCode.DBIT


def entry_of(c, booking):
    reason = booking.get("reason")
    family, sub_family = ("IDDT", "ESDD") if booking["incoming"] else ("ICDT", "ESCT")
    if reason:
        family, sub_family = ("ICDT", "RRTN") if booking["incoming"] else ("IDDT", "UPDD")
    parts = booking.get("parts") if "parts" in booking else [booking]
    batch = None
    if "parts" in booking:
        batch = c.BatchInformation2(pmt_inf_id=booking["batch"], nb_of_txs=str(booking["count"]))
    details = c.EntryDetails9(btch=batch, tx_dtls=[part_of(c, part, booking) for part in parts])
    return c.ReportEntry10(
        ntry_ref=booking["reference"][4:],
        amt=money(c, booking["amount"], booking["currency"]),
        cdt_dbt_ind=direction(c, booking["incoming"]),
        sts=c.EntryStatus1Choice(cd="BOOK"),
        bookg_dt=c.DateAndDateTime2Choice(dt=TODAY),
        val_dt=c.DateAndDateTime2Choice(dt=TODAY),
        acct_svcr_ref=booking["reference"],
        bk_tx_cd=c.BankTransactionCodeStructure4(
            domn=c.BankTransactionCodeStructure5(
                cd="PMNT", fmly=c.BankTransactionCodeStructure6(cd=family, sub_fmly_cd=sub_family)
            )
        ),
        ntry_dtls=[details],
    )


def part_of(c, part, booking):
    reason, original = booking.get("reason"), booking.get("original")
    amounts = None
    if original:
        instructed = c.AmountAndCurrencyExchangeDetails3(amt=money(c, original, "EUR"))
        amounts = c.AmountAndCurrencyExchange3(instd_amt=instructed)
    returned = c.PaymentReturnReason5(rsn=c.ReturnReason5Choice(cd=reason)) if reason else None
    return c.EntryTransaction10(
        refs=c.TransactionReferences6(acct_svcr_ref=booking["reference"], end_to_end_id=part["id"]),
        amt=money(c, part["amount"], part["currency"]),
        cdt_dbt_ind=direction(c, booking["incoming"]),
        amt_dtls=amounts,
        rtr_inf=returned,
    )


COMMANDS = {"receive": receive, "return": give_back, "notify": notify, "statement": statement}

if __name__ == "__main__":
    main(*sys.argv[1:])
