### L’espace des commerçants, et les liens de paiement.

## Le menu

merchant-menu-overview = Aperçu
merchant-menu-payments = Paiements
merchant-menu-requests = Demandes
merchant-menu-disputes = Litiges
merchant-menu-payouts = Versements
merchant-menu-items = Articles
merchant-menu-links = Liens de paiement
merchant-menu-campaigns = Campagnes
merchant-menu-callbacks = Rappels HTTP
merchant-menu-certificates = Certificats
merchant-menu-api-keys = Clés d’API
merchant-menu-bank = Banque et sites
merchant-menu-team = Équipe
merchant-menu-own-keys = Vos appareils

## L’aperçu

merchant-today = Aujourd’hui
merchant-sales = Ventes
merchant-payments = Paiements
merchant-accepted = Acceptés
merchant-refunded = Rendu
# $count: requests for money back.
merchant-requests-wait =
    { $count ->
        [one] Une demande vous attend
       *[other] { $count } demandes vous attendent
    }
merchant-next-payout = Prochain versement
merchant-on-average = { $amount } en moyenne
merchant-refused-why =
    { $count ->
        [one] Un refusé, pourquoi
       *[other] { $count } refusés, pourquoi
    }
merchant-none-refused = Aucun n’a été refusé.
merchant-nothing-before = Rien ce jour-là la semaine passée
merchant-over-last-week = { $share } de plus que ce jour la semaine passée
merchant-under-last-week = { $share } de moins que ce jour la semaine passée
merchant-by-hour = Ventes par heure
merchant-hour = Heure
merchant-best-hour = La meilleure heure a commencé à { $hour } : { $amount }.
merchant-no-sales-today = Rien n’a été vendu aujourd’hui jusqu’ici.
merchant-all-payments = Tous les paiements

## Les paiements

merchant-no-payments = Personne n’a encore rien acheté. Un lien de paiement est le plus court chemin vers une première vente.
merchant-no-payments-found = Aucun paiement n’est ainsi.
merchant-search = Commande, reçu, client, article
merchant-search-do = Chercher
merchant-any-state = Tous les états
merchant-from = Du
merchant-to = Jusqu’au
merchant-older = Plus anciens
merchant-newest = Les plus récents
merchant-more = Suite
merchant-first = Depuis le début
merchant-csv = En CSV
merchant-refused-orders = Commandes refusées
merchant-refused-about = Des commandes qui n’ont pas abouti à leur arrivée. Personne n’a payé, et il n’y a rien à rendre.
merchant-column-item = Article
merchant-column-customer = Client
merchant-column-state = État
merchant-column-amount = Montant
merchant-column-fee = Frais
merchant-column-reason = Raison
merchant-state-pending = en attente
merchant-state-authorised = réservé
merchant-state-paid = payé
merchant-state-partly-refunded = rendu en partie
merchant-state-refunded = rendu
merchant-state-disputed = contesté
merchant-state-declined = refusé
merchant-state-voided = libéré
merchant-how = Mode de paiement
merchant-how-aggregated = Regroupé avec d’autres paiements
merchant-how-single = Individuellement
merchant-how-coupon = Avec un bon
merchant-reason-consumer = Les limites ou les fonds du client ne le permettent pas.
merchant-reason-declined = La banque du client a dit non.
merchant-reason-offer-expired = L’offre avait expiré.
merchant-reason-offer-used = L’offre était déjà vendue.
merchant-reason-other = Refusée : { $code }

## Un paiement

merchant-all-of-customer = Tous les paiements de ce client
merchant-item-code = Code de l’article
merchant-when = Quand
merchant-paid = Vous avez reçu
merchant-order = Commande
merchant-receipt = Reçu
merchant-time-line = Ce qui s’est passé
merchant-event-ordered = Commandé pour { $amount }
merchant-event-authorise = La banque a été priée de réserver { $amount }
merchant-event-capture = La banque a été priée de verser { $amount } réservés
merchant-event-void = La banque a été priée de libérer { $amount }
merchant-event-refund = La banque a été priée de rendre { $amount }
merchant-event-charge = La banque a été priée de verser { $amount }
merchant-event-approved = La banque a dit oui
merchant-event-refused = La banque a dit non
merchant-event-paid = Vous avez reçu { $amount }
merchant-event-declined = Refusé définitivement
merchant-event-voided = Libéré : personne n’a payé
merchant-event-refunded = { $amount } rendus
merchant-event-refund-begun = { $amount } en cours de retour
merchant-event-refund-arrived = { $amount } arrivés chez le client
merchant-event-refund-failed = { $amount } n’ont pas pu être rendus, et sont de nouveau à vous
merchant-event-taken-back = { $amount } ont été repris par la banque ou la carte du client
merchant-event-disputed = Le client conteste { $amount }
merchant-event-dispute-lost = Le litige a été tranché pour le client
merchant-event-dispute-won = Le litige a été tranché pour vous
merchant-event-dispute-refunded = { $amount } rendus à cause du litige
# $amount: what was asked for.
merchant-event-request = Le client demande { $amount } en retour
merchant-event-request-declined = Vous avez refusé
merchant-event-request-withdrawn = Le client a retiré sa demande
merchant-event-callback-due = Un rappel vers votre serveur est prévu
merchant-event-callback-taken =
    { $count ->
        [one] Votre serveur a pris le rappel au premier essai
       *[other] Votre serveur a pris le rappel après { $count } essais
    }
merchant-event-callback-dead =
    { $count ->
        [one] Le rappel a été abandonné après un essai
       *[other] Le rappel a été abandonné après { $count } essais
    }

## Rendre l’argent

merchant-refund = Rendre de l’argent
merchant-refund-do = Rendre
merchant-refund-left = Pour « { $title } », { $amount } peuvent être rendus.
merchant-refund-done = { $amount } rendus.
merchant-refund-begun = { $amount } sont en cours de retour : la banque doit encore confirmer.
merchant-take = Prendre l’argent
merchant-take-do = Prendre
merchant-take-about = Pour « { $title } », { $amount } sont réservés. On peut en prendre le tout ou une partie, une seule fois ; le reste est libéré.
merchant-taken = { $amount } pris.
merchant-take-begun = { $amount } ont été demandés à la banque : elle doit encore confirmer.
merchant-release = Libérer
merchant-release-do = Libérer
merchant-release-about = Pour « { $title } », { $amount } sont réservés. S’ils sont libérés, personne ne paie et plus rien ne peut être pris.
merchant-released = { $amount } libérés : personne ne paie.
merchant-release-begun = La banque a été priée de libérer { $amount } : elle doit encore confirmer.
merchant-nothing-aside = Rien n’est réservé pour ce paiement : c’est pris ou libéré, ou la banque doit encore répondre.
merchant-amount-wrong = Écrivez un montant au-dessus de zéro, comme 2,40.
merchant-back = Retour
merchant-send-again = Le système de paiement n’a pas répondu. Appuyez de nouveau : rien n’est fait deux fois.
merchant-no-key = Le portail ne garde pas de clé de signature pour vous : il ne peut rien signer en votre nom. Un propriétaire peut changer cela ; ou votre propre serveur signe.
merchant-refused-exceeds = C’est plus que ce qui reste de ce paiement. D’autres viennent peut-être de rendre de l’argent.
merchant-refused-dispute = Ce paiement fait l’objet d’un litige, qui décidera.
merchant-refused-funds = Votre compte n’en a pas assez pour l’instant.
merchant-refused-order = Ce paiement n’existe pas, ou n’a pas été payé.
merchant-refused-take = C’est plus que ce qui a été réservé.
merchant-refused-declined = La banque a refusé. Aucun argent n’a bougé.
merchant-refused-key = La clé que le portail garde pour vous n’est plus acceptée. Un propriétaire doit en faire créer une autre.
merchant-refused-suspended = Votre compte est suspendu. Veuillez nous contacter.
merchant-refused-currency = Vous n’avez pas de compte dans cette devise.
merchant-refused-other = Le système de paiement l’a refusé : { $code }

## Versements et frais

merchant-payout = Versement
merchant-no-payouts = Rien n’a encore été versé.
merchant-on-account = { $amount } sur votre compte
merchant-kept-for-disputes = { $amount } en attente de réclamations ouvertes
merchant-payout-paid = versé
merchant-payout-pending = en route
merchant-payout-declined = refusé par la banque
merchant-payout-returned = revenu
merchant-payout-none = rien à verser
merchant-carried = Reporté au suivant
merchant-withheld = Retenu pour litiges
merchant-bank-system = Versé par
merchant-bank-file = Fichier bancaire (pain.001)
merchant-bank-batch = Lot dans le fichier
merchant-bank-reference = Notre référence
merchant-bank-booking = Comptabilisé comme (camt.053)
merchant-bank-return = Retourné comme (camt.053)
merchant-position = Position au grand livre
merchant-fees = Ce que vous payez
merchant-fee-currency = Devise
merchant-fee-since = Depuis
merchant-fee-share = Part des ventes
merchant-fee-fixed = Par vente
merchant-fee-least = Versement minimal
merchant-fee-usual = habituels, sans autre accord

## Articles et liens de paiement

merchant-no-items = Vous n’avez pas encore d’article.
merchant-item-new = Nouvel article
merchant-item-change = Modifier l’article
merchant-item-keep = Enregistrer
merchant-item-kept = L’article est enregistré.
merchant-item-title = Titre, comme les clients le lisent
merchant-item-code-hint = Votre propre nom court. Il reste.
merchant-item-code-taken = Un autre article a ce code.
merchant-item-active = En vente
merchant-item-on-sale = en vente
merchant-item-off-sale = pas en vente
merchant-label-wrong = Écrivez une ligne de 120 caractères au plus.
merchant-price = Prix
merchant-terms = Conditions
merchant-terms-hint = Ce que l’acheteur accepte : montré avant le paiement.
merchant-terms-wrong = 2 000 caractères au plus.
merchant-capture = Quand l’argent est pris
merchant-capture-immediate = Tout de suite
merchant-capture-deferred = Plus tard, quand vous ou votre serveur le dites
merchant-link-new = Le vendre par un lien de paiement
merchant-link-make = Créer un lien de paiement
merchant-link-made = Le lien de paiement est prêt : envoyez-le à vos clients.
merchant-link-address = Adresse pour vos clients
merchant-link-until = Achetable jusqu’au
merchant-link-until-hint = Un an, si vous ne choisissez rien.
merchant-link-until-wrong = Choisissez un jour à partir d’aujourd’hui, dans l’année.
merchant-link-uses = Combien de fois
merchant-link-uses-hint = Sans limite si vous n’écrivez rien. 1 pour une facture.
merchant-link-uses-wrong = Écrivez un nombre entier de 1 à 10 000.
merchant-link-uses-any = Sans limite
merchant-link-uses-limited =
    { $count ->
        [one] Une fois
       *[other] { $count } fois
    }
merchant-link-open = ouvert
merchant-link-not-open = fermé
merchant-link-close = Fermer ce lien
merchant-link-closed = Le lien est fermé. Qui est en train de payer peut encore finir.
merchant-link-go-on = Continuer vers le paiement
merchant-link-used-up = Cela a été vendu autant de fois que possible.
merchant-link-over = Le délai est passé.
merchant-link-withdrawn = Ce n’est plus en vente.
merchant-no-links = Vous n’avez pas encore de lien de paiement. Choisissez un article, et créez-en un.

## Litiges

merchant-disputes-about = Ce qui est contesté est retenu sur les versements jusqu’à la décision. Rendre l’argent met fin à l’affaire.
merchant-no-disputes = Personne ne s’est plaint.
merchant-dispute-open = à trancher
merchant-dispute-lost = pour le client
merchant-dispute-won = pour vous

## Demandes de remboursement

merchant-request = Le client demande un remboursement
merchant-requests-about = Une demande est une lettre : rien ne bouge tant que vous ne rendez rien, et rien n’est retenu sur les versements. Sans réponse, le client peut contester le paiement.
merchant-no-requests = Personne n’a demandé de remboursement.
merchant-request-open = vous attend
merchant-request-granted = remboursée
merchant-request-declined = refusée
merchant-request-withdrawn = retirée
merchant-request-answer = Votre réponse
merchant-request-not-open = Cette demande n’attend plus de réponse.
merchant-request-said-no = La demande est refusée. Le client lit votre réponse auprès du paiement.
merchant-decline = Refuser
merchant-decline-about = Le client lit ce que vous écrivez. S’il n’est pas d’accord, il peut encore contester le paiement : un exploitant tranche alors.
merchant-decline-why = Pourquoi pas
merchant-decline-hint = 120 caractères au plus. Le client le lit.
merchant-decline-wrong = Écrivez pourquoi, en 120 caractères au plus.
merchant-decline-do = Refuser la demande

## Campagnes

merchant-campaign = Campagne
merchant-campaign-new = Nouvelle campagne
merchant-campaign-begin = Signer et commencer
merchant-campaign-begun = La campagne a commencé.
merchant-campaign-title = Titre, comme les clients le lisent
merchant-campaign-discount = Remise
merchant-campaign-discount-hint = Un montant en { $currency }, ou une part comme 10 %.
merchant-campaign-discount-wrong = Écrivez un montant au-dessus de zéro, ou une part de 100 % au plus.
merchant-campaign-item-hint = Pour cet article seulement ; pour tous si vous n’écrivez rien.
merchant-campaign-any-item = Tous les articles
merchant-campaign-coupons = Bons
merchant-campaign-coupons-wrong = Écrivez un nombre entier de 1 à 1 000 000.
merchant-campaign-times = { $from } – { $until }
merchant-campaign-times-wrong = Elle doit finir après avoir commencé, et pas dans le passé.
merchant-campaign-claimed = { $claimed } sur { $coupons } pris
merchant-no-campaigns = Vous n’avez pas encore de campagne.

## Rappels HTTP

merchant-callback-address = Adresse
merchant-callback-none = Aucune : votre serveur n’est pas prévenu.
merchant-callback-set = Où votre serveur est prévenu
merchant-callback-hint = Une adresse https. Chaque changement crée une nouvelle clé de signature ; la dernière signe encore pendant 24 heures.
merchant-callback-keep = Enregistrer, avec une nouvelle clé
merchant-callback-kept = L’adresse est enregistrée. Copiez la clé maintenant : elle ne sera plus montrée.
merchant-callback-key = Clé de signature de vos rappels
merchant-callback-removed = Votre serveur n’est plus prévenu.
merchant-callback-wrong = Ce n’est pas une adresse web.
merchant-callback-tries = Essais
merchant-callback-sent = pris
merchant-callback-dead = abandonné
merchant-callback-due = prévu
merchant-callback-replay = Renvoyer { $position }
merchant-callback-again = Il est renvoyé dans les secondes qui viennent.
merchant-no-callbacks = Rien n’a encore été envoyé.

## Clés et certificats

merchant-hosted = Clé gardée par le portail
merchant-hosted-about = Le portail peut garder pour vous une clé de signature, scellée. Alors liens de paiement, remboursements et campagnes se passent d’un serveur à vous.
merchant-hosted-until = Le portail signe pour vous. Le certificat est valable jusqu’au { $day }.
merchant-host-key = Faire garder une clé par le portail
merchant-hosted-made = Le portail garde désormais une clé pour vous.
merchant-hosted-drop = Retirer la clé du portail
merchant-hosted-dropped = La clé a disparu, et son certificat est révoqué. Les liens de paiement sont fermés jusqu’à la prochaine.
merchant-hosted-not-revoked = La clé a disparu du portail, mais son certificat n’a pas encore pu être révoqué. Révoquez-le dans la liste ci-dessous.
merchant-own-key = Une clé à vous
merchant-own-key-about = Votre serveur crée une clé, et la fait certifier avec une invitation qui compte une fois. Personne d’autre ne l’a jamais.
merchant-invite-key = Créer une invitation
merchant-invitation = Invitation
merchant-invitation-once = Copiez-la maintenant : elle ne sera plus montrée. Elle compte une fois, jusqu’au { $day }.
merchant-party = Votre nom dans les messages
merchant-no-certificates = Aucun certificat n’est enregistré pour vous.
merchant-certificate-serial = Numéro de série
merchant-certificate-print = Empreinte
merchant-certificate-since = Enregistré
merchant-certificate-until = Valable jusqu’au
merchant-certificate-in-force = en vigueur
merchant-certificate-expired = expiré
merchant-certificate-revoked = révoqué
merchant-certificate-revoke = Le révoquer
merchant-revoke-title = Révoquer un certificat
merchant-revoke-about = C’est définitif : ce que sa clé signe désormais n’est plus accepté nulle part. Les paiements déjà faits restent ce qu’ils sont.
merchant-revoke-hosted = C’est avec cette clé que le portail signe pour vous. Elle est retirée d’ici, et les liens de paiement sont fermés jusqu’à la prochaine.
merchant-revoke-why = Pourquoi
merchant-revoke-unused = La clé ne sert plus
merchant-revoke-lost = Quelqu’un d’autre a la clé, ou peut l’avoir
merchant-revoke-do = Révoquer définitivement
merchant-revoked = Le certificat est révoqué.
merchant-api-about = Vos programmes peuvent lire paiements, versements, soldes et articles. Ils ne peuvent rien changer.
merchant-api-document = L’API en OpenAPI
merchant-api-key-new = Nouvelle clé
merchant-api-key-name = Nom
merchant-api-key-name-hint = Quel programme l’utilise.
merchant-api-key-make = Créer une clé
merchant-api-key-made = Créée
merchant-api-key-used = Dernier usage
merchant-api-key-unused = jamais
merchant-api-key-once = Copiez la clé maintenant : elle ne sera plus montrée.
merchant-api-key-remove = Retirer « { $name } »
merchant-api-key-removed = La clé n’est plus acceptée.
merchant-api-key-too-many = Vous avez déjà vingt clés. Retirez-en une d’abord.
merchant-no-api-keys = Vous n’avez pas encore de clé.

## Banque et sites

merchant-bank-none = Aucun compte bancaire n’est enregistré : rien ne peut être versé.
merchant-bank-on-file = Les versements vont à { $holder }, { $iban }.
merchant-bank-change = Un autre compte bancaire
merchant-bank-holder = Titulaire
merchant-bank-iban = IBAN
merchant-bank-iban-wrong = Ce n’est pas un IBAN.
merchant-bank-bic = BIC
merchant-bank-bic-wrong = Ce n’est pas un BIC.
merchant-bank-keep = Enregistrer le compte
merchant-bank-kept = Le prochain versement ira là.
merchant-sites = Vos sites
merchant-sites-hint = Un par ligne, comme https://shop.example. Après un paiement, les navigateurs y sont renvoyés, et nulle part ailleurs.
merchant-sites-wrong = Écrivez huit sites au plus, chacun comme https://shop.example sans rien après.
merchant-sites-keep = Enregistrer les sites
merchant-sites-kept = Les sites sont enregistrés.

## L’équipe

merchant-role-viewer = Regarde
merchant-role-manager = Vend et rend l’argent
merchant-role-owner = Tout : clés, banque, équipe
merchant-team-role = Peut faire
merchant-team-reach = Adresse électronique ou numéro de téléphone
merchant-team-reach-hint = Un code y est envoyé à chaque connexion.
merchant-team-reach-wrong = Ce n’est ni une adresse électronique ni un numéro de téléphone avec son indicatif.
merchant-team-since = Depuis
merchant-team-invite = Inviter quelqu’un
merchant-team-invite-do = Inviter
merchant-team-invited = L’invitation est partie.
merchant-team-invitation = Invitation
merchant-team-until = jusqu’au { $day }
merchant-team-withdraw = Retirer l’invitation
merchant-team-withdrawn = L’invitation ne compte plus.
merchant-team-change = Changer ce qui est permis
merchant-team-changed = C’est changé.
merchant-team-remove = Retirer de l’équipe
merchant-team-removed = La personne est déconnectée, et n’est plus de l’équipe.
merchant-team-last-owner = Une équipe a besoin d’un propriétaire.
merchant-team-too-many = Il y a trop d’invitations. Retirez-en d’abord.
merchant-team-not-told = L’invitation compte, mais le message n’a pas pu partir : dites-le vous-même.
