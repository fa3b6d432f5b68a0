from __future__ import annotations


def test_an_invoice_is_issued_and_read(world):
    made = world.a.issue(world.draft)
    assert made["number"].endswith("-0001")
    assert made["progress"] == "accepted"
    read = world.a("GET", f"/invoices/{made['id']}")
    assert read.status_code == 200
    assert read.json() == made
    assert made["standing"]["label"] == "issued"
    assert made["standing"]["remaining"] == made["document"]["totals"]["due"]
