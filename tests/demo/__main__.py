"""`python -m tests.demo --odoo URL --sandbox URL --db NAME`: called by `./omni demo`."""

import argparse

from tests.demo.connect import CUSTOMERS, Odoo, connect

LOGINS = [
    ("ada", "ada", "agent: answers customers"),
    ("sam", "sam", "supervisor: sees every conversation"),
    ("admin", "admin", "administrator: accounts, events, sequences"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--odoo", required=True)
    parser.add_argument("--sandbox", required=True)
    parser.add_argument("--db", required=True)
    options = parser.parse_args()

    connect(Odoo(options.odoo, options.db), options.sandbox)

    print("\nLogin     Password  Who")
    for login, password, who in LOGINS:
        print(f"{login:<9} {password:<9} {who}")
    print("\nThe customers' phones (write as the customer, see what Odoo answers):")
    for customer in CUSTOMERS:
        print(f"  {options.sandbox}/?customer={customer['id']:<6} {customer['name']}")


if __name__ == "__main__":
    main()
