### operator

## Menu

operator-menu-system = System
operator-menu-merchants = Merchants
operator-menu-consumers = Consumers
operator-menu-ledger = Ledger
operator-menu-periods = Periods
operator-menu-batches = Payout batches
operator-menu-breaks = Breaks
operator-menu-disputes = Disputes
operator-menu-systems = External systems
operator-menu-certificates = Certificates
operator-menu-messages = Messages
operator-menu-policy = Policy
operator-menu-risk = Risk
operator-menu-reveals = Who is behind a payment
operator-menu-approvals = Two people
operator-menu-audit = Audit log

## Words in many places

operator-older = Older
operator-newest = Newest
operator-next-page = More
operator-first = From the beginning
operator-when = When
operator-who = Who
operator-what = What
operator-act = Act
operator-subject = Subject
operator-outcome = Outcome
operator-number = Number
operator-reason = Reason
operator-state = State
operator-name = Name
operator-role = Role
operator-since = Since
operator-until = Until
operator-amount = Amount
operator-balance = Balance
operator-currency = Currency
operator-account = Account
operator-merchant = Merchant
operator-consumer = Consumer
operator-order = Order
operator-position = Position
operator-email = E-mail
operator-phone = Telephone
operator-yes = yes
operator-no = no
operator-find = Find
operator-not-found = Nothing was found.
operator-seconds = { $count } s
operator-minutes = { $count } min
operator-hours = { $count } h
operator-days = 
    { $count ->
        [one] { $count } day
       *[other] { $count } days
    }

## System

operator-signed-in = signed in by certificate: { $who }
operator-rate = Payments a second
operator-rate-detail = over ten seconds
operator-queue = Writer queue
operator-queue-of = of { $most }
operator-unknown = Unknown at a bank
operator-oldest = oldest { $span }
operator-none-missing = no answer is missing
operator-in-flight = In flight
operator-in-flight-detail = at external systems
operator-list = Revocation list
operator-list-next = next in { $span }
operator-list-stale = too old: nobody is let in
operator-list-in-force = in force
operator-equation = Closed in the last 31 days
operator-balances = balances
operator-balances-not = does not balance
operator-billed = billed
operator-paid-out = paid out
operator-fees = fees
operator-open = open
operator-open-periods = In merchants’ open periods
operator-doors = Doors
operator-door = Door
operator-door-messages = HTTPS messages
operator-door-bank = Bank files
operator-door-outbox = Letters and callbacks
operator-serving = serving
operator-not-serving = not serving
operator-answering = answering
operator-late = late
operator-under-way = { $count } under way
operator-fits = everything fits
operator-breaks-open = 
    { $count ->
        [one] { $count } break
       *[other] { $count } breaks
    }
operator-files-waiting = 
    { $count ->
        [one] { $count } file not delivered
       *[other] { $count } files not delivered
    }
operator-delivering = delivering
operator-given-up = { $count } given up
operator-due = { $count } to send
operator-waiting-there = Waiting

## Two people

operator-waiting = Waiting for a second person
operator-prepared-by = Prepared by
operator-next = Next
operator-needs-another = Somebody else has to agree.
operator-review = Review
operator-nothing-waits = Nothing waits.
operator-approve = Agree
operator-refuse = Refuse
operator-take-back = Take back
operator-approved = Two people have agreed. It is done.
operator-refused = It was refused.
operator-approved-by = agreed by { $who }
operator-refused-by = refused by { $who }
operator-decided = Decided lately
operator-nothing-decided = Nothing was decided yet.
operator-denied-decided = This was decided before.
operator-denied-late = It waited for more than a week. It has to be prepared again.
operator-denied-scope = Your certificate does not entitle you to this.
operator-denied-same = You prepared it. Somebody else has to agree.
operator-prepared = Prepared. A second person has to agree.
operator-prepared-before = The same waits for a second person already.
operator-kind-release = Send a file to the bank
operator-kind-suspend = Suspend a merchant
operator-kind-reinstate = Let a merchant act again
operator-kind-reveal = Tell who is behind a payment
operator-reason-hint = It stands in the audit log for good. Nothing personal.
operator-reason-missing = Say why, in 5 to 300 characters.

## Merchants and consumers

operator-search = Name, e-mail address or telephone number
operator-search-hint = Every search stands in the audit log.
operator-nobody = There is nobody here.
operator-active = active
operator-is-suspended = suspended
operator-accounts = Accounts
operator-no-accounts = There is no account.
operator-credit-limit = Credit limit
operator-reached = On file
operator-has-email = E-mail address
operator-has-bank = Bank account
operator-has-callback = Callback
operator-suspend = Suspend
operator-reinstate = Let act again
operator-prepare-suspend = Prepare to suspend
operator-prepare-reinstate = Prepare to let act again
operator-suspended = { $name } is suspended.
operator-reinstated = { $name } may act again.
operator-invite = New invitation
operator-invited = { $name } is invited
operator-invitation = Invitation
operator-invitation-why = With it { $name } enrols once, until { $until }. It is shown only here.
operator-admit = Let somebody in
operator-name-hint = Lower-case letters, digits and hyphens. It is for good.
operator-name-wrong = A name has lower-case letters, digits and hyphens.
operator-name-taken = Somebody has this name.
operator-kind = What
operator-kind-merchant = Merchant
operator-kind-prepaid = Consumer, pays in first
operator-kind-postpaid = Consumer, is billed
operator-kind-wrong = Choose one, and a currency of three letters.
operator-limit-hint = Only for those who are billed.
operator-limit-wrong = This is no amount above zero.
operator-reach = E-mail address or telephone number
operator-reach-hint = Where their codes for signing in are sent, and by e-mail what is written to them.
operator-reach-wrong = This is no e-mail address, and no number with + and the country.
operator-reach-taken = Somebody is reached there already.
operator-holder = Holder of the bank account
operator-holder-wrong = Write the holder’s name as the bank knows it.
operator-iban = IBAN
operator-iban-hint = Where a merchant is paid. Consumers give theirs themselves.
operator-iban-wrong = This is no IBAN.

## Ledger

operator-find-payment = Order, position or account
operator-find-payment-hint = An order’s id as in its receipt, or a number of the journal.
operator-system-accounts = The system’s accounts
operator-moved = What was moved
operator-account-sales = What was sold
operator-account-payments = What was paid from it
operator-account-payouts = What was paid out
operator-account-fee = Fee
operator-no-payouts = Nothing was paid out yet.
operator-payment = Payment
operator-nothing-so-far = Nothing in this part of the journal. Look further back.
operator-nothing-moved = Nothing was moved.
operator-how = How
operator-given-back = Given back
operator-captured = Taken
operator-settled = Settled
operator-transfers = Transfers
operator-no-transfers = Nothing was moved.
operator-debit = Debit
operator-credit = Credit
operator-receipt = Signed answer

## Periods

operator-periods-merchants = Merchants
operator-periods-consumers = Consumers who are billed
operator-standing = Stands at
operator-no-periods = No open period has anything in it.
operator-close = Close
operator-close-one = Close this period now
operator-close-due = Close what is due
operator-close-due-why = Every period that is due by the calendar, by amount or by age is closed now, of merchants and of consumers. The server does the same by itself.
operator-close-why = A closed period is a signed bill, statement or payout advice, and cannot be opened again. It stands in the audit log.
operator-closed = Periods closed
operator-closed-done = What is due as well was closed with it. This is what came of it.
operator-closed-nothing = Nothing was to be closed.
operator-close-stuck = These accounts could not be closed, and are tried again with the next: { $accounts }
operator-closed-bills = Bills
operator-closed-asked = asked for
operator-closed-statements = Statements
operator-closed-payouts = Payout advices
operator-closed-credit-notes = Credit notes
operator-closed-transfers = Transfers taken in

## Bank files

operator-file = File
operator-file-payouts = pain.001, payouts
operator-file-collections = pain.008, collections
operator-entries = Entries
operator-total = Total
operator-digest = SHA-256
operator-no-files = No file was written yet.
operator-file-delivered = delivered
operator-file-waits = waits for two people
operator-file-going = on its way
operator-prepare-release = Prepare to send
operator-release-hint = What was checked. The sum and the digest are added.
operator-no-breaks = Everything the bank said fits.
operator-break = Break { $number }
operator-bank-answer = File of the bank
operator-line = Line
operator-resolve = Dealt with
operator-resolved = It is noted as dealt with.
operator-resolved-before = Somebody has dealt with it before.
operator-back-bearer = Who bears it
operator-back-choose = Choose who bears it.
operator-back-not-booked = It was not booked: { $why }.
operator-kind-back-merchant = Book a payment that came back: the merchant bears it, as far as the account holds it
operator-kind-back-house = Book a payment that came back: we bear it
operator-kind-back = Book that money came back

## Disputes

operator-disputes-why = What consumers say should not stand. Until one is decided, the amount is kept back from the merchant’s payouts.
operator-no-disputes = No dispute waits for a decision.
operator-dispute = Dispute
operator-dispute-between = Merchant, and consumer as they know them
operator-dispute-said = What the consumer says
operator-dispute-open = waits for a decision
operator-dispute-for-consumer = decided for the consumer
operator-dispute-for-merchant = decided for the merchant
operator-dispute-decide = Prepare a decision
operator-dispute-decision = For whom
operator-dispute-choose = Choose for whom it is decided.
operator-dispute-decided = This dispute was decided before.
operator-dispute-refunded = Everything was refunded meanwhile. Decide it for the merchant.
operator-dispute-lacks = The merchant’s account holds only { $held }. The dispute stays open; agree again when there is more.
operator-kind-for-consumer = Decide a dispute for the consumer: the money goes back
operator-kind-for-merchant = Decide a dispute for the merchant: the payment stands

## External systems

operator-pending = Without an answer
operator-attempt = Attempt
operator-system = System
operator-age = For
operator-none-pending = Every system has answered.
operator-systems-day = In the last 24 hours
operator-pending-oldest = Oldest
operator-last-answer = Last answer
operator-no-answers = none
operator-answers-approved = Approved
operator-answers-declined = Declined
operator-quiet = nothing to answer
operator-not-set-up = not set up
operator-no-systems = No external system is set up.
operator-answers-cut = There were more: these are the newest { $count } answers.

## Certificates

operator-serial = Serial number
operator-ends-soon = ends soon
operator-is-revoked = revoked
operator-no-certificates = No certificate is in force.
operator-issued = Issued
operator-next-list = Next at the latest
operator-revoked-count = Revoked
operator-published = Published in the database

## Messages

operator-to-send = To send
operator-none-late = nothing is late
operator-oldest-due = due for { $span }
operator-none-dead = Nothing was given up.
operator-message = Message { $number }
operator-way = By
operator-to = To
operator-tries = Tries
operator-fault = Last fault
operator-resend = Send again
operator-resent = It will be sent again.
operator-resent-not = It is still to be sent, or there is none.

## Policy

operator-aggregated-max = Aggregated at most
operator-single-max = Single at most
operator-low-each = Without strong authentication, each
operator-low-since = Without strong authentication, together
operator-postpaid-each = Billed later, each
operator-postpaid-month = Billed later, a month
operator-stored-max = On a prepaid account
operator-stored-anonymous = The same, for somebody unknown
operator-reloadable-anonymous = Somebody unknown may top up again
operator-remote-anonymous = Somebody unknown pays at once at most
operator-expires = Vouchers expire, in months
operator-gift-max = A coupon given away
operator-gifts = Coupons given away in a month
operator-margin = Added to exchange rates, in millionths
operator-grants = What entitles to what
operator-no-grants = Nothing is granted: nobody can pay.
operator-terminal = Terminal
operator-method = Method
operator-strong = Strong
operator-policy-why = A policy that two people have put into force holds at once, on every server. Receipts name the policy that they were decided by; none is ever changed.
operator-policy-number = version { $number }
operator-policy-configured = from this server’s configuration
operator-policy-propose = Propose another policy
operator-policy-versions = In force, now and before
operator-no-versions = No policy was kept yet.
operator-in-force-since = In force since
operator-by = By
operator-policy-by-two = { $one }, agreed by { $two }
operator-policy-by-configuration = configuration of a server
operator-policy-was = was in force
operator-policy-proposed = proposed
operator-policy-outdated = Another policy came into force since. This one has to be proposed again.
operator-policy-written = Written
operator-policy-changes = What changes
operator-policy-setting = Setting
operator-policy-before = Before
operator-policy-after = After
operator-policy-first = It is the first one.
operator-policy-text = The whole policy
operator-policy-text-hint = Change what is to change, and give it a name of its own: receipts will show it.
operator-policy-prepare = Propose
operator-policy-wrong = It cannot be read: { $reason }
operator-policy-currency = The currency cannot be changed: accounts are kept in it.
operator-policy-name-used = A policy of this name was in force before. Receipts tell policies apart by their names.
operator-policy-same = Nothing would change.
operator-policy-name = Name of the new policy
operator-policy-name-hint = Receipts will show it. Each policy has a name of its own.
operator-policy-name-wrong = A name has at most 64 characters and no slash.
operator-policy-as-text = Propose as text
operator-policy-as-text-why = What entitles to what, and which systems know coupons, are rules and not limits: they are changed in the text of the policy.
operator-policy-amount-wrong = This is no amount. Write it like 10.00; zero stands for never.
operator-policy-count-wrong = This is no whole number from { $least } to { $most }.
operator-policy-one-of-two = Fill in the sum or the number of payments, and not both.
operator-group-payments = Every payment
operator-group-low = Without strong authentication
operator-group-postpaid = Billed later
operator-group-prepaid = Prepaid accounts
operator-group-exchange = Other currencies
operator-group-coupon = Coupons
operator-group-grant = { $terminal } with { $method }
operator-low-count = Without strong authentication, number of payments
operator-quote-valid = An offered exchange rate holds, in seconds
operator-rate-age = Declared exchange rates may be old, in days
operator-restored = What is given back to a coupon can be spent, in days
operator-kind-policy = Put a policy into force

## Risk

operator-risk-why = What was ordered in the last 24 hours. A merchant stands out where a fifth of at least ten orders failed, a tenth of what was sold was given back, or one sale in a hundred is disputed.
operator-signs = Stands out
operator-sign-none = nothing
operator-sign-refused = many orders fail
operator-sign-given-back = much is given back
operator-sign-disputed = disputed
operator-sold = Sold
operator-failed = Failed
operator-disputed = Disputed
operator-no-orders = Nothing was ordered.
operator-refusals = Orders that were refused
operator-orders = Orders
operator-no-risk = No order was refused.
operator-risk-of = Risk: { $name }
operator-unusual-sales = Sales that did not stand
operator-no-unusual-sales = Every sale stands.
operator-pseudonym = Consumer, as the merchant knows them

## Who is behind a payment

operator-reveal-why = Merchants and operators know consumers by pseudonyms. Who it really was is told for a reason, by two people, for 24 hours; each look stands in the audit log.
operator-order-hint = As in the receipt.
operator-order-wrong = This is no order’s id.
operator-order-unknown = There is no payment of this order.
operator-ask = Ask a second person
operator-may-look = You may look
operator-revealed = Who it was

## Audit log

operator-log-why = Every act, before and after. Each entry’s keyed hash covers the one before, so a missing one is seen.
operator-check-log = Check the whole log
operator-log-whole = 
    { $count ->
        [one] { $count } act, nothing is missing
       *[other] { $count } acts, nothing is missing
    }
operator-log-broken = broken at { $number }
operator-no-acts = Nobody did anything yet.
operator-outcome-begun = begun
operator-outcome-done = done
operator-outcome-refused = refused
operator-outcome-failed = failed
