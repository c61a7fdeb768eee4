### Le portail des consommateurs : ce qu’on a, ce qu’on a payé, ce qu’on doit.
## The menu
consumer-menu-home = Accueil
consumer-menu-payments = Paiements
consumer-menu-bills = Factures
consumer-menu-top-up = Recharger
consumer-menu-coupons = Bons
consumer-menu-means = Moyens de paiement
consumer-menu-limits = Plafonds
consumer-menu-passkeys = Téléphones et clés
consumer-menu-interests = Alertes et centres d’intérêt
consumer-menu-privacy = Vie privée

## Home
consumer-good-morning = Bonjour
consumer-good-afternoon = Bon après-midi
consumer-good-evening = Bonsoir
consumer-tile-balance = Solde
# $month: a month with its year.
consumer-tile-bill = Facture de { $month } à ce jour
consumer-tile-bill-since = depuis le { $day }
consumer-tile-bill-nothing = rien pour le moment
consumer-tile-limit = Plafond mensuel
consumer-tile-limit-spent = { $spent } dépensés sur { $limit }
consumer-tile-no-account = Compte
consumer-tile-no-account-value = Aucun
consumer-last-payments = Derniers paiements
consumer-all-payments = Tous les paiements
consumer-no-payments = Aucun paiement pour le moment.

## Payments
consumer-column-what = Quoi
consumer-column-merchant = Commerçant
consumer-column-how = Comment
consumer-column-state = État
consumer-column-amount = Montant
consumer-search = Rechercher
consumer-search-do = Afficher
consumer-any-state = Tous
consumer-from = Du
consumer-to = Au
consumer-older = Plus anciens
consumer-newest = Plus récents
consumer-payments-none-found = Rien trouvé. Essayez d’autres mots ou une période plus longue.
consumer-state-pending = réponse de la banque attendue
consumer-state-authorised = mis de côté
consumer-state-paid = payé
consumer-state-partly-refunded = remboursé en partie
consumer-state-refunded = remboursé
consumer-state-disputed = contesté
consumer-state-declined = refusé
consumer-state-voided = libéré
consumer-how-coupon = avec un bon
consumer-how-prepaid = sur votre solde
consumer-how-postpaid = sur votre facture
consumer-how-external = par votre banque ou carte

## One payment
consumer-item = Article
consumer-when = Quand
consumer-why = Pourquoi ainsi
consumer-order = Ordre
consumer-refunded = Remboursé
consumer-position = Numéro dans le registre
consumer-known-as = Vous y êtes connu comme
consumer-offer-digest = Empreinte de l’offre
consumer-charged = Débité
# $rate: so many units for one.
consumer-charged-at = { $charged } au taux { $rate }
consumer-verify-receipt = Vérifier le reçu
consumer-download-receipt = Reçu signé (XML)
consumer-proof-in-bill = Preuve qu’il est dans la facture
consumer-dispute = Signaler un problème
consumer-request = Demander un remboursement
consumer-time-line = Ce qui s’est passé
consumer-event-ordered = Vous l’avez commandé
consumer-event-asked = Votre banque a été interrogée
consumer-event-approved = Votre banque a accepté
consumer-event-declined = Votre banque a refusé
consumer-event-paid = Payé ; le reçu a été signé
consumer-event-disputed = Vous avez contesté { $amount }
consumer-event-dispute-won = Tranché en votre faveur
consumer-event-dispute-lost = Tranché en faveur du commerçant
# $amount: what was asked for.
consumer-event-request = Vous avez demandé au commerçant de vous rendre { $amount }
consumer-event-request-declined = Le commerçant a refusé
consumer-event-request-withdrawn = Vous avez retiré votre demande
consumer-event-refunded = { $amount } vous ont été rendus
consumer-event-refund-begun = { $amount } sont en cours de remboursement
consumer-event-refund-failed = { $amount } n’ont pas pu être renvoyés

## Why a payment is made as it is
consumer-rule-aggregate-micropayment = Les petits montants sont réunis sur une seule facture.
consumer-rule-account-short-goes-single = Votre compte ne suffit pas : votre banque ou carte est débitée.
consumer-rule-postpaid-limit-goes-single = Votre plafond mensuel est atteint : votre banque ou carte est débitée.
consumer-rule-large-goes-single = Les montants plus élevés sont débités séparément.
consumer-rule-coupon-goes-single = Un bon se paie tout de suite, par votre banque ou carte.
consumer-rule-deferred-goes-single = Le montant est mis de côté et prélevé à la livraison.
consumer-rule-coupon = Votre bon le paie.
consumer-rule-amount-not-positive = Il n’y a rien à payer.
consumer-rule-currency-not-served = Cette devise ne peut pas être payée depuis votre compte.
consumer-rule-method-not-granted = Cette façon de confirmer ne suffit pas ici.
consumer-rule-low-value = Sans clé d’accès, vous avez payé le maximum autorisé. Confirmez avec une clé d’accès pour continuer.
consumer-rule-terminal-limit = Le montant dépasse ce qui peut être payé ainsi.
consumer-rule-postpaid-limit = Votre plafond mensuel est atteint.
consumer-rule-anonymous-limit = Un compte sans nom ne paie que de petits montants.
consumer-rule-account-short = Votre compte ne suffit pas. Rechargez-le ou ajoutez un moyen de paiement.
consumer-rule-no-external-system = Pour ce montant, il faut un compte bancaire ou une carte.

## Why something was refused
consumer-refused-declined = Votre banque a refusé. Rien n’a été débité.
consumer-refused-stale = Cela a pris trop de temps. Rien n’a été fait ; veuillez réessayer.
consumer-refused-authentication = La clé d’accès ne convient pas. Rien n’a été fait ; veuillez réessayer.
consumer-refused-suspended = Votre compte est suspendu. Réglez les factures en attente ou contactez-nous.
consumer-refused-merchant = Ce commerçant ne peut pas être payé en ce moment.
consumer-refused-offer-expired = L’offre n’est plus valable. Retournez chez le commerçant pour en obtenir une nouvelle.
consumer-refused-offer-used = L’offre est déjà vendue.
consumer-refused-stored-limit = Votre compte dépasserait son maximum. Rechargez un montant plus petit.
consumer-refused-not-reloadable = Un compte sans nom ne peut être rechargé qu’une fois.
consumer-refused-no-means = Il n’y a pas de moyen de paiement à débiter. Ajoutez-en un d’abord.
consumer-refused-no-payout-account = Il n’y a pas de compte bancaire où verser. Ajoutez-en un d’abord.
consumer-refused-fraction-of-cent = Les banques ne traitent que des centimes entiers.
consumer-refused-coupon-used = Ce bon est dépensé ou réservé pour un autre paiement.
consumer-refused-coupon-expired = Ce bon a expiré.
consumer-refused-coupon-not-givable = Ce bon ne peut pas être offert, ou plus ce mois-ci.
consumer-refused-coupon-not-refundable = Seule la personne qui a acheté le bon peut être remboursée.
consumer-refused-campaign-ended = Ces bons sont épuisés ou leur période est terminée.
consumer-refused-campaign-claimed = Vous avez déjà eu le bon de cette campagne.
consumer-refused-receiver = Personne ici n’a ce numéro ou ce nom.
consumer-refused-order = Ce paiement ne peut pas être contesté ici. Adressez-vous à la banque débitée.
consumer-refused-dispute-exceeds = C’est plus que ce qui reste du paiement.
consumer-refused-dispute-open = Vous avez déjà contesté ce paiement.
consumer-refused-dispute-too-late = Ce paiement est trop ancien pour être contesté.
consumer-refused-other = Refusé ({ $code }). Rien n’a été fait.
consumer-challenge-passkey = Veuillez confirmer avec une clé d’accès.
consumer-challenge-code = Veuillez confirmer avec un code.
consumer-challenge-pin = Veuillez confirmer avec votre code PIN, sur votre téléphone.

## Confirming
consumer-confirm = Confirmer
consumer-confirm-with-passkey = Confirmer avec votre clé d’accès
consumer-confirm-not-now = Pas maintenant
consumer-proof-no-script = Une clé d’accès demande un navigateur avec JavaScript. Utilisez plutôt un code.
consumer-proof-code = Code
# $to: an address or number, in part.
consumer-proof-code-sent = Envoyé à { $to }. Six chiffres, valables dix minutes.
consumer-proof-send = M’envoyer un code
consumer-proof-send-again = Envoyer un autre code
consumer-proof-send-instead = Utiliser plutôt un code
consumer-proof-needs-passkey = Un code ne suffit pas pour cela. Une clé d’accès permet de confirmer.
consumer-proof-add-passkey = Ajouter une clé d’accès
consumer-proof-unreadable = La réponse de la clé d’accès est illisible. Réessayez.
consumer-proof-nothing = Saisissez un code ou utilisez votre clé d’accès.
consumer-code-not-sent = Le code n’a pas pu être envoyé. Réessayez dans un instant.
consumer-code-not-before = Trop de codes. Le prochain peut être envoyé { $at }.
consumer-code-malformed = Un code a six chiffres.
consumer-code-over = Ce code n’est plus valable. Demandez-en un autre.
# $left: how often it can be tried again.
consumer-code-wrong =
    { $left ->
        [0] Ce n’est pas le bon code. Demandez-en un autre.
        [one] Ce n’est pas le bon code. Encore un essai.
       *[other] Ce n’est pas le bon code. Encore { $left } essais.
    }
consumer-too-late = Cette page est restée ouverte trop longtemps. Rien n’a été fait.
consumer-start-again = Recommencer
consumer-go-on = Continuer
consumer-done = C’est fait
consumer-pending = Votre banque répond
consumer-pending-quiet = Cette page se met à jour d’elle-même. Vous pouvez la fermer : rien n’est perdu.
consumer-action = Votre banque vous demande de confirmer
consumer-action-quiet = Confirmez là-bas, puis revenez à cette page.
consumer-action-go = Aller chez votre banque
consumer-unknown = Nous ne savons pas encore ce qu’il en est
consumer-unknown-quiet = Cela n’a lieu qu’une fois au plus, même si nous redemandons. Cette page se met à jour d’elle-même.
consumer-unknown-state = en vérification

## Money in and out
consumer-amount-in = Montant en { $currency }
consumer-amount-malformed = Écrivez un montant, par exemple 20 ou 12,50.
consumer-amount-too-much = Il y a moins que cela sur votre compte.
consumer-top-up-not-prepaid = Votre compte est facturé : il n’y a rien à recharger.
consumer-top-up-no-means = Ajoutez d’abord un compte bancaire ou une carte.
consumer-top-up-hint = En centimes entiers.
consumer-top-up-do = Recharger
consumer-top-up-confirm = Recharger votre compte
consumer-top-up-confirm-strong = Débité de votre moyen de paiement
consumer-top-up-confirm-quiet = Vous pouvez le récupérer à tout moment, à sa pleine valeur.
# $amount: what was paid in.
consumer-topped-up = { $amount } sont sur votre compte
consumer-balance-now = Le solde est de { $balance }.
consumer-redeem = Retirer de l’argent
consumer-redeem-hint = À pleine valeur, vers votre compte bancaire ou la carte débitée.
consumer-redeem-do = Retirer
consumer-redeem-confirm = Retirer de l’argent de votre compte
consumer-redeem-confirm-strong = Versé sur votre compte bancaire ou votre carte
consumer-redeem-confirm-quiet = Le montant quitte votre solde aussitôt et revient si la banque refuse.
consumer-redeemed = { $amount } sont en route vers vous

## Payment methods
consumer-means-charged = Débité quand votre compte ne paie pas
consumer-means-collected = Les factures sont prélevées sur
consumer-means-none = rien d’enregistré
consumer-means-by-mandate = votre compte bancaire, par prélèvement
consumer-means-by-test-card = une carte de test : pas d’argent réel
consumer-means-by-card = votre carte
# $country: of the bank. $day: when the mandate was given.
consumer-means-bank-on-file = un compte bancaire en { $country }, mandat du { $day }
consumer-means-never-shown = Ce que vous nous confiez ici est scellé. Aucun commerçant ne le voit, et ce n’est plus affiché.
consumer-means-bank = Compte bancaire
consumer-means-holder = Nom du titulaire
consumer-means-holder-wrong = Écrivez le nom tel que la banque le connaît.
consumer-means-iban = IBAN
consumer-means-iban-wrong = Ce n’est pas un IBAN : vérifiez les chiffres.
consumer-means-agree = J’autorise Meteore à prélever ce que je dois sur ce compte par prélèvement SEPA. Je peux faire rejeter un prélèvement pendant huit semaines.
consumer-means-agree-needed = Sans votre accord, rien ne peut être prélevé.
consumer-means-bank-keep = Utiliser ce compte bancaire
consumer-means-bank-kept = Le compte bancaire est enregistré.
consumer-means-test-cards = Cartes de test
consumer-means-test-card = Carte
consumer-means-card-keep = Utiliser cette carte
consumer-means-card-kept = La carte est enregistrée.
consumer-means-remove = Retirer
consumer-means-bank-remove = Retirer le compte bancaire
consumer-means-bank-removed = Le compte bancaire n’est plus enregistré : rien n’y sera prélevé.
consumer-means-card-remove = Retirer la carte
consumer-means-card-removed = La carte n’est plus enregistrée : elle ne sera pas débitée.
consumer-means-owes = Rien n’est retiré : ce que vous devez doit encore être prélevé par là. Réglez ce qui est dû, ou enregistrez d’abord autre chose.
consumer-means-under-way = Rien n’est retiré : votre banque doit encore répondre, ou a réservé un montant. Réessayez quand ce sera fait.
consumer-test-card-approves = Une carte qui paie
consumer-test-card-declines = Une carte qui est refusée
consumer-test-card-slow = Une banque qui prend son temps

## Limits
consumer-limits-since-strong = Sans clé d’accès, depuis la dernière
consumer-limits-count = { $count } paiements sur { $most }
consumer-limits-month = Sur votre facture ce mois-ci
consumer-limits-stored = Sur votre compte
consumer-limits-used = { $spent } sur { $limit }
consumer-limits-amounts = Montants
consumer-limits-aggregated = Réunis sur une facture jusqu’à
consumer-limits-single = Payé en une fois jusqu’à
consumer-limits-low-value = Sans clé d’accès, chacun jusqu’à
consumer-limits-postpaid-each = Sur votre facture, chacun jusqu’à
consumer-limits-credit = Dû au maximum
consumer-limits-anonymous = Payé en une fois tant que le compte est sans nom
consumer-limits-by-method = Par appareil et façon de confirmer
consumer-limits-terminal = Appareil
consumer-limits-method = Confirmé par
consumer-limits-strength = Force
consumer-limits-strong = forte
consumer-limits-not-strong = simple
consumer-limits-aggregated-short = Sur facture
consumer-limits-single-short = Seul
consumer-limits-never = jamais
consumer-limits-policy = Ce sont les plafonds de la politique { $policy }. Ils s’appliquent à chaque paiement, et chaque reçu cite la règle.
consumer-terminal-app = Téléphone avec notre application
consumer-terminal-passkey = Navigateur avec clé d’accès
consumer-terminal-browser = Navigateur
consumer-terminal-wap = Téléphone WAP
consumer-terminal-sms = SMS
consumer-method-device-key = la clé du téléphone
consumer-method-passkey = clé d’accès
consumer-method-code = code
consumer-method-pin = numéro et code PIN
consumer-method-pin-code = numéro, code PIN et code
consumer-method-number-code = numéro et code
consumer-method-number = numéro seul

## Bills
consumer-bills-none = Pas encore de facture. La première arrive à la fin d’une période.
consumer-bill-issued = Émise
consumer-bill-due-at = Échéance
consumer-bill-due = Montant dû
consumer-bill-since = à partir du { $day }
consumer-bill-period = Période
consumer-bill-paid = payée
consumer-bill-open = en attente
consumer-bill-reminded = rappel envoyé
consumer-bill-overdue = en retard
consumer-bill-still-open = Reste à payer
consumer-statements = Relevés
consumer-bill-of = Facture de { $month }
consumer-statement-of = Relevé de { $month }
consumer-bill-opening = Report de la facture précédente
consumer-bill-paid-out = Paiements
consumer-bill-refunds = Remboursements
consumer-bill-credits = Avoirs et frais
consumer-bill-carried = Reporté sur la prochaine facture
consumer-statement-closing = Solde à la fin
consumer-statement-opening = Solde au début
consumer-statement-top-ups = Recharges
consumer-statement-redemptions = Retraits
consumer-statement-other = Autres
consumer-bill-lines = Par commerçant
consumer-bill-count = Paiements
consumer-bill-payments = Les paiements
consumer-verify-this-bill = Vérifier la facture
consumer-download-bill = Facture signée (XML)
consumer-verify-bill = Cette facture est-elle authentique ?
consumer-verify-bill-payments = On peut prouver que chaque paiement est dans la facture, sans nous faire confiance : ouvrez un paiement et demandez sa preuve.
consumer-back-to-bill = Retour à la facture
consumer-proof-title = Ce paiement est-il dans la facture ?
consumer-proof-column = Preuve
consumer-proof-not-yet = Ce paiement n’est encore dans aucune facture. Il le sera à la fin de la période.
consumer-proof-external = Ce paiement a été débité séparément : il n’est dans aucune facture.
# $index: which of the payments. $count: of how many.
consumer-proof-holds = Oui : c’est le paiement { $index } sur { $count }
consumer-proof-fails = La preuve ne mène pas à la facture signée.
consumer-proof-how = Le reçu et la facture sont signés, les deux viennent d’être vérifiés, et les empreintes ci-dessous mènent de l’un à l’autre.
consumer-proof-bill = Facture ou relevé
consumer-proof-root = Racine dans la facture
consumer-proof-path = Le chemin vers la racine
consumer-proof-neighbours = Voisins, en partant du paiement
consumer-proof-alone = Aucun : c’est le seul paiement.
consumer-download-proof = Preuve (XML)

## Verifying
consumer-verify-title = Ce reçu est-il authentique ?
consumer-verify-checks = Ce qui vient d’être vérifié
consumer-verify-holds = authentique
consumer-verify-fails = pas authentique
consumer-verify-fails-text = Le document a été modifié ou n’a pas été signé par ce système de paiement. Conservez-le et prévenez-nous.
consumer-verify-reason = Pour qui regarde de plus près
consumer-verify-signature = Signature
consumer-verify-signature-holds = Elle est valable : rien n’a changé depuis la signature.
consumer-verify-digest = Empreinte de ce qui a été signé
consumer-verify-signer = Signé par
consumer-verify-signer-is = { $party }, en tant que { $role }
consumer-verify-certificate = Avec le certificat
consumer-verify-certificate-until = valable jusqu’au { $day }
consumer-verify-issuing = Émis par l’autorité
consumer-verify-root = Garantie par la racine
consumer-verify-says = Ce qu’il dit
consumer-verify-no-receipt = C’est une réponse signée, mais pas un reçu : rien n’a été payé, ou un bon a été acheté.
consumer-verify-not-proven = Ce que cela ne prouve pas
consumer-verify-not-proven-delivery = Que le commerçant a livré.
consumer-verify-not-proven-refund = Que rien n’a été rendu depuis : les remboursements ont leurs propres reçus.
consumer-verify-not-proven-revocation = Que le certificat n’a pas été retiré parce que sa clé a été volée : la liste publiée le dit.
consumer-verify-yourself = Vous n’êtes pas obligé de croire cette page. Avec le fichier et le certificat de la racine, chacun peut vérifier la même chose : meteore verify.

## Coupons
consumer-coupon = Bon
consumer-coupons-none = Vous n’avez pas de bons. Les commerçants en vendent ou en offrent.
consumer-coupon-held = disponible
consumer-coupon-reserved = réservé
consumer-coupon-spent = dépensé
consumer-coupon-expired = expiré
consumer-coupon-paid-back = remboursé
consumer-coupon-gone = offert
consumer-coupon-usable-until = Jusqu’au
consumer-coupon-worth = Valeur
consumer-coupon-face = Acheté pour
consumer-coupon-item = Seulement pour
consumer-coupon-use = Quand vous payez chez ce commerçant, on vous demande si vous voulez l’utiliser.
consumer-discount-amount = { $amount } de remise
consumer-discount-share = { $share } de remise
consumer-gift = L’offrir
consumer-gift-to = À
consumer-gift-hint = Un numéro de téléphone avec l’indicatif du pays, ou un nom ici.
consumer-gift-wrong = Ce n’est ni un numéro de téléphone ni un nom.
consumer-gift-do = Offrir
consumer-gift-confirm = Offrir un bon
consumer-gift-confirm-strong = À { $to }
consumer-gift-confirm-quiet = Il lui appartient alors. Vous ne pouvez pas le reprendre.
consumer-coupon-given = { $coupon } a été offert
consumer-coupon-given-quiet = La personne le trouve parmi ses bons.
consumer-coupon-refund = Se faire rembourser
consumer-coupon-refund-do = Rembourser ce qui reste
consumer-coupon-refund-confirm = Se faire rembourser un bon
consumer-coupon-refund-confirm-strong = Ce qui reste retourne sur la carte ou le compte qui l’a payé
consumer-coupon-refund-confirm-quiet = Le bon ne peut plus être utilisé ensuite.
consumer-coupon-refunded = { $coupon } a été remboursé
consumer-coupon-refunded-quiet = L’argent retourne d’où il est venu.
consumer-coupon-yours = { $coupon } est à vous
consumer-coupon-until = Vous pouvez l’utiliser jusqu’au { $day }.
consumer-campaigns = Avantages
consumer-campaign = Avantage
consumer-campaign-left = Bons restants
consumer-campaigns-none = Rien en ce moment.
consumer-campaigns-not-wanted = Les avantages des commerçants ne sont montrés qu’à ceux qui le souhaitent.
consumer-claim-do = Obtenir le bon
consumer-claim-confirm = Obtenir un bon
consumer-claim-confirm-strong = Cela ne coûte rien
consumer-claim-confirm-quiet = Un par personne. Le commerçant n’apprend pas qui vous êtes.

## Complaints
consumer-dispute-first = Demandez d’abord au commerçant si possible : un remboursement est plus rapide. Sinon, dites-le-nous. Ce que vous demandez est retenu au commerçant jusqu’à la décision.
consumer-dispute-amount = Ce qui devrait revenir
consumer-dispute-amount-wrong = Écrivez un montant, au plus ce qui a été payé et n’est pas revenu.
consumer-dispute-reason = Ce qui s’est passé
consumer-dispute-reason-hint = 120 caractères au plus. L’exploitant et le commerçant le lisent.
consumer-dispute-reason-wrong = Écrivez ce qui s’est passé, en 120 caractères au plus.
consumer-dispute-do = Continuer
consumer-dispute-confirm = Contester un paiement
consumer-dispute-confirm-quiet = Un exploitant décide, et vous êtes informé.
consumer-disputed = Nous examinons la question
consumer-disputed-quiet = Le montant est retenu au commerçant jusqu’à la décision.

## Demandes de remboursement
consumer-request-about = Écrivez au commerçant, qui rembourse ou refuse. Il lit vos mots et ne vous connaît que par votre pseudonyme.
consumer-request-difference = Une demande est une lettre : rien n’est retenu entre-temps, et c’est le commerçant qui décide. En cas de problème, vous pouvez à tout moment contester le paiement : le montant est alors retenu, et un exploitant tranche.
consumer-request-reason-hint = 120 caractères au plus. Le commerçant le lit.
consumer-request-do = Envoyer au commerçant
consumer-request-sent = Le commerçant a reçu votre demande.
consumer-request-not-now = Cela ne peut pas être demandé maintenant. Vous pouvez contester le paiement.
consumer-request-title = Votre demande de remboursement
consumer-request-open = attend le commerçant
consumer-request-open-means = Le commerçant décide. Vous pouvez aussi contester le paiement à tout moment : le montant est alors retenu, et un exploitant tranche.
consumer-request-granted = de l’argent est revenu
consumer-request-granted-means = De l’argent est revenu depuis votre demande. La chronologie ci-dessous dit combien.
consumer-request-declined = refusée
consumer-request-declined-means = Si vous n’êtes pas d’accord, contestez le paiement : le montant est alors retenu, et un exploitant tranche.
consumer-request-withdrawn = retirée
consumer-request-answer = La réponse du commerçant
consumer-request-withdraw = Retirer la demande
consumer-request-taken-back = Votre demande est retirée.
consumer-request-not-open = Il n’y a plus de demande en cours.

## Alerts and interests
consumer-interests-why = Rien n’est activé sans vous. Désactivez, et c’est oublié.
consumer-interests-sent = Les deux premiers sont envoyés là où vont vos codes, pour les paiements faits après leur activation. Un message nomme le commerçant, le montant, l’heure et l’article. Il part peu après le paiement, parfois deux fois, et pas du tout si votre adresse ne répond pas pendant un jour.
consumer-interests-only-kept = Pour tous les autres, rien n’est jamais envoyé. Ils décident si ce portail vous montre les avantages des commerçants, et ce que la page d’un commerçant apprend quand vous partagez vos centres d’intérêt avec elle.
consumer-interest-payments = Un message pour chaque paiement
# $amount: the bound.
consumer-interest-low = Un message quand il reste moins de { $amount } sur mon compte ou de mon plafond, un par jour au plus
consumer-interest-advantages = Montrer les avantages des commerçants
consumer-interest-transport = Trams, trains, stationnement
consumer-interest-culture = Concerts, théâtres, sport
consumer-interest-news = Actualités et lecture
consumer-interests-keep = Enregistrer
consumer-interests-kept = C’est enregistré.
consumer-interests-sealed = C’est conservé scellé. Aucun commerçant ne le voit, sauf si vous partagez vos centres d’intérêt avec lui.
# $merchant: what it is called.
consumer-share = Ce qui vous intéresse, pour { $merchant }
consumer-share-why = Ce commerçant apprend ce qui figure ici, maintenant, et rien d’autre : pas qui vous êtes. Regardez sa page sans cela, et il n’apprend rien.
consumer-share-nothing = Vous n’avez rien activé qu’un commerçant puisse apprendre.
consumer-share-do = Voir ses avantages

## Privacy
consumer-privacy-kept = Ce qui est conservé de vous
consumer-privacy-person = Qui vous êtes
consumer-privacy-person-text = Nom, adresse e-mail, numéro de téléphone, appareils connectés. Scellé.
consumer-privacy-means = Comment vous payez
consumer-privacy-means-text = Compte bancaire et mandat, ou jeton d’une carte. Scellé, pour votre banque seulement.
consumer-privacy-payments = Ce que vous avez payé
consumer-privacy-payments-text = Ordres, reçus et factures, signés. La loi nous oblige à les conserver.
consumer-privacy-interests = Ce que vous aimez
consumer-privacy-interests-text = Seulement ce que vous avez activé. Scellé.
consumer-privacy-requests = Ce que vous avez demandé aux commerçants
consumer-privacy-requests-text = Vos demandes de remboursement et les réponses. Scellées ; le commerçant les lit.
consumer-privacy-merchants = Ce que voient les commerçants
consumer-privacy-merchants-text = Un pseudonyme, différent chez chaque commerçant, et ce que vous y avez acheté. Rien d’autre.
consumer-export = L’emporter
consumer-export-text = Tout ce qui précède dans un seul fichier (JSON).
consumer-export-do = Tout télécharger
consumer-leave = Partir
consumer-leave-text = Fermer votre compte et faire effacer ce qu’aucune loi ne conserve.
consumer-leave-how = Comment cela se passe
consumer-leave-erased = Ce qui est effacé, aussitôt et pour toujours
consumer-leave-erased-person = Nom, adresse e-mail, numéro de téléphone.
consumer-leave-erased-means = Compte bancaire, mandat, carte.
consumer-leave-erased-keys = Toutes les sessions et clés d’accès.
consumer-leave-erased-interests = Alertes et centres d’intérêt.
consumer-leave-erased-requests = Vos demandes de remboursement et les réponses.
consumer-leave-stays = Ce qui reste, et pourquoi
consumer-leave-ledger = Le registre
consumer-leave-ledger-why = Montants et dates des paiements : la comptabilité doit être conservée des années (droit fiscal, lutte contre le blanchiment).
consumer-leave-evidence = Ordres et reçus signés
consumer-leave-evidence-why = Pour que vous, les commerçants et les tribunaux puissiez montrer ce qui a été convenu. Votre nom n’y figure pas.
consumer-leave-name = Le numéro de votre compte
consumer-leave-name-why = Pour que personne d’autre ne le reçoive.
consumer-leave-sure = Je suis sûr. C’est irréversible.
consumer-leave-sure-needed = Cochez si vous êtes sûr.
consumer-leave-do = Effacer et partir
consumer-leave-holds = Il y a de l’argent sur votre compte. Retirez-le d’abord.
consumer-leave-owes = Vous devez quelque chose. Ce sera sur votre prochaine facture ; revenez quand elle est payée.
consumer-leave-under-way = Un paiement est encore en cours chez votre banque. Revenez quand il est terminé.
consumer-leave-coupons = Vous avez des bons qui ont de la valeur. Dépensez-les, offrez-les ou faites-vous rembourser d’abord.
consumer-left = Tout ce qui est personnel a été effacé. Au revoir.

consumer-menu-terminals = Terminaux
consumer-terminals-title = Les terminaux qui paient pour vous
consumer-terminals-back = Retour à vos terminaux
consumer-terminal-apps = Applications
consumer-terminal-apps-about = Une application signe ce que vous payez avec une clé qui ne la quitte jamais. Révoquez celle que vous avez perdue : plus personne ne paiera avec elle.
consumer-terminal-none = Aucune application ne paie encore pour vous.
consumer-terminal-invite = Inviter une application
consumer-terminal-new = Une nouvelle application
consumer-terminal-once = Saisissez les deux dans l’application avant le { $moment }. Ils ne servent qu’une fois et ne sont affichés qu’ici.
consumer-terminal-account = Votre compte
consumer-terminal-invitation = Invitation
consumer-terminal-print = Clé
consumer-terminal-since = Depuis
consumer-terminal-until = Jusqu’au
consumer-terminal-state = État
consumer-terminal-in-force = paie
consumer-terminal-expired = expirée
consumer-terminal-is-revoked = révoquée
consumer-terminal-revoke = Révoquer { $print }
consumer-terminal-revoke-title = Révoquer une application
consumer-terminal-revoke-about = Elle ne paiera plus jamais, et c’est définitif. Vous pourrez en inviter une autre, ou la même de nouveau.
consumer-terminal-revoke-do = La révoquer
consumer-terminal-revoked = Elle est révoquée. Plus personne ne paie avec elle.
consumer-terminal-texts = SMS
consumer-terminal-number = Le { $number } paie par SMS.
consumer-terminal-no-number = Aucun téléphone ne paie par SMS pour vous.
consumer-terminal-account-page = Changer vos coordonnées
