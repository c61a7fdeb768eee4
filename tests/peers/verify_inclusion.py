"""Checks that a payment is in a bill, statement or payout advice, as a consumer's or a merchant's own auditor would.

It shares nothing with what it tests, and needs nothing but Python: it is written from decision 0004 (docs/adr) and the
schema alone, and rebuilds the root by the recursion of RFC 6962 section 2.1 instead of the walk of RFC 9162.

    leaf = SHA-256("METEORE/v1/bill/leaf" || 0x00 || position (8 bytes) || micro-units (8 bytes) || currency (3 letters))
    node = SHA-256("METEORE/v1/bill/node" || 0x01 || left || right)

Position and amount are taken from the receipt, root, number and count from the bill: of the proof only the place and
the neighbours are believed. Whether receipt and bill are signed, and by whom, is not looked at: that is for any
implementation of XML signatures (`xmlsec1 --verify`, or `meteore verify`).

Usage: verify_inclusion.py RECEIPT PROOF BILL
Exit codes: 0 included; 1 not shown to be included; 2 a file cannot be read.
"""

import hashlib
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

NAMESPACE = "{urn:meteore:payment:1}"
# What was paid stands in another column of each document, in the currency of its leaves.
COLUMNS = {"Bill": "payments", "Statement": "payments", "PayoutAdvice": "sales"}
MOST_NEIGHBOURS = 64


class NotIncluded(Exception):
    """The three documents do not belong together."""


class Unreadable(Exception):
    """A file is not what it should be."""


def main(receipt, proof, bill):
    receipt, proof, bill = document(receipt, "PaymentReceipt"), document(proof, "InclusionProof"), document(bill, *COLUMNS)
    kind = name(bill)
    position, (micros, currency) = number(receipt, "position"), paid(receipt, kind)
    agree("the number of the bill", number(proof, "bill"), number(bill, "position"))
    agree("the payment", number(proof, "payment"), position)
    agree("the amount", money(proof, "amount"), (micros, currency))
    agree("the currency", currency, money(bill, COLUMNS[kind])[1])
    agree("how many payments there are", number(proof, "count"), number(bill, "count"))
    agree("the root", digest(proof, "root"), digest(bill, "root"))
    index, count = number(proof, "index"), number(bill, "count")
    neighbours = [octets(element.text) for element in proof.findall(NAMESPACE + "neighbour")]
    if index >= count:
        raise NotIncluded(f"there is no payment {index} among {count}")
    if len(neighbours) > MOST_NEIGHBOURS:
        raise NotIncluded("the path is longer than any tree is high")
    if root(leaf(position, micros, currency), index, count, neighbours) != digest(bill, "root"):
        raise NotIncluded("the path does not lead from the payment to the root in the bill")
    return f"included: payment {position}, number {index + 1} of {count} in {kind} {number(bill, 'position')}"


# ── The tree ────────────────────────────────────────────────────────────────────────────────────────────────────────


def leaf(position, micros, currency):
    content = position.to_bytes(8, "big", signed=True) + micros.to_bytes(8, "big", signed=True) + currency.encode("ascii")
    return hashlib.sha256(b"METEORE/v1/bill/leaf" + b"\x00" + content).digest()


def node(left, right):
    return hashlib.sha256(b"METEORE/v1/bill/node" + b"\x01" + left + right).digest()


def root(at, index, count, neighbours):
    """The root over `count` leaves of which `at` is number `index`. The neighbours stand from the leaf up, so that the last
    one is the other half of the whole tree."""
    if count == 1:
        if neighbours:
            raise NotIncluded("the path is too long")
        return at
    if not neighbours:
        raise NotIncluded("the path is too short")
    *below, other = neighbours
    # The largest power of two below the count is on the left.
    split = 1 << ((count - 1).bit_length() - 1)
    if index < split:
        return node(root(at, index, split, below), other)
    return node(other, root(at, index - split, count - split, below))


# ── The documents ───────────────────────────────────────────────────────────────────────────────────────────────────


def document(path, *kinds):
    try:
        element = ElementTree.fromstring(pathlib.Path(path).read_bytes())
    except (OSError, ElementTree.ParseError) as error:
        raise Unreadable(f"{path}: {error}") from error
    if not element.tag.startswith(NAMESPACE) or name(element) not in kinds:
        raise Unreadable(f"{path}: not a {' or '.join(kinds)}")
    return element


def name(element):
    return element.tag.removeprefix(NAMESPACE)


def one(element, field):
    found = element.findall(NAMESPACE + field)
    if len(found) != 1:
        raise Unreadable(f"{name(element)} has {len(found)} times {field}")
    return found[0]


def number(element, field):
    text = one(element, field).text or ""
    if not re.fullmatch(r"0|[1-9][0-9]{0,19}", text):
        raise Unreadable(f"{field} is no number")
    return int(text)


def money(element, field):
    """An amount in micro-units, and its currency."""
    field_element = one(element, field)
    match = re.fullmatch(r"([0-9]{1,12})(?:\.([0-9]{1,6}))?", field_element.text or "")
    currency = field_element.get("currency") or ""
    if not match or not re.fullmatch(r"[A-Z]{3}", currency):
        raise Unreadable(f"{field} is no amount")
    return int(match[1]) * 1_000_000 + int((match[2] or "").ljust(6, "0")), currency


def paid(receipt, kind):
    """What the payment is in the document: the consumer paid in the currency of `charged`, the merchant sold in that of
    `amount`."""
    charged = receipt.find(NAMESPACE + "charged") is not None
    return money(receipt, "charged" if charged and kind != "PayoutAdvice" else "amount")


def digest(element, field):
    return octets(one(element, field).text)


def octets(text):
    if not re.fullmatch(r"[0-9a-f]{64}", text or ""):
        raise Unreadable("a hash is not 64 hexadecimal digits")
    return bytes.fromhex(text)


def agree(what, said, is_so):
    if said != is_so:
        raise NotIncluded(f"{what} differs")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        print(main(*sys.argv[1:]))
    except NotIncluded as error:
        print(f"not included: {error}")
        sys.exit(1)
    except Unreadable as error:
        print(f"unreadable: {error}")
        sys.exit(2)
