### operator

## Menu

operator-menu-system = Système
operator-menu-merchants = Marchands
operator-menu-consumers = Consommateurs
operator-menu-ledger = Grand livre
operator-menu-periods = Périodes
operator-menu-batches = Lots de versements
operator-menu-breaks = Écarts
operator-menu-disputes = Litiges
operator-menu-systems = Systèmes externes
operator-menu-certificates = Certificats
operator-menu-messages = Messages
operator-menu-policy = Règles
operator-menu-risk = Risques
operator-menu-reveals = Identité derrière un paiement
operator-menu-approvals = À deux
operator-menu-audit = Journal des actes

## Mots de partout

operator-older = Plus anciens
operator-newest = Les plus récents
operator-next-page = Suite
operator-first = Depuis le début
operator-when = Quand
operator-who = Qui
operator-what = Quoi
operator-act = Acte
operator-subject = Objet
operator-outcome = Issue
operator-number = Numéro
operator-reason = Motif
operator-state = État
operator-name = Nom
operator-role = Rôle
operator-since = Depuis
operator-until = Jusqu’au
operator-amount = Montant
operator-balance = Solde
operator-currency = Devise
operator-account = Compte
operator-merchant = Marchand
operator-consumer = Consommateur
operator-order = Commande
operator-position = Position
operator-email = E-mail
operator-phone = Téléphone
operator-yes = oui
operator-no = non
operator-find = Chercher
operator-not-found = Rien n’a été trouvé.
operator-seconds = { $count } s
operator-minutes = { $count } min
operator-hours = { $count } h
operator-days = 
    { $count ->
        [one] { $count } jour
       *[other] { $count } jours
    }

## Système

operator-signed-in = par certificat : { $who }
operator-rate = Paiements par seconde
operator-rate-detail = sur dix secondes
operator-queue = File d’écriture
operator-queue-of = sur { $most }
operator-unknown = Inconnus d’une banque
operator-oldest = le plus ancien : { $span }
operator-none-missing = aucune réponse ne manque
operator-in-flight = En cours
operator-in-flight-detail = auprès des systèmes externes
operator-list = Liste de révocation
operator-list-next = prochaine dans { $span }
operator-list-stale = trop ancienne : personne n’entre
operator-list-in-force = en vigueur
operator-equation = Clôturé ces 31 derniers jours
operator-balances = équilibré
operator-balances-not = déséquilibré
operator-billed = facturé
operator-paid-out = versé
operator-fees = frais
operator-open = ouvert
operator-open-periods = Dans les périodes ouvertes des marchands
operator-doors = Portes
operator-door = Porte
operator-door-messages = Messages HTTPS
operator-door-bank = Fichiers bancaires
operator-door-outbox = Courriers et rappels
operator-serving = en service
operator-not-serving = hors service
operator-answering = répond
operator-late = en retard
operator-under-way = { $count } en cours
operator-fits = tout concorde
operator-breaks-open = 
    { $count ->
        [one] { $count } écart
       *[other] { $count } écarts
    }
operator-files-waiting = 
    { $count ->
        [one] { $count } fichier à remettre
       *[other] { $count } fichiers à remettre
    }
operator-delivering = distribue
operator-given-up = { $count } abandonnés
operator-due = { $count } à envoyer
operator-waiting-there = En attente

## À deux

operator-waiting = En attente d’une seconde personne
operator-prepared-by = Préparé par
operator-next = Suite
operator-needs-another = Une autre personne doit donner son accord.
operator-review = Examiner
operator-nothing-waits = Rien n’attend.
operator-approve = Donner son accord
operator-refuse = Refuser
operator-take-back = Retirer
operator-approved = Deux personnes sont d’accord. C’est fait.
operator-refused = C’est refusé.
operator-approved-by = accord de { $who }
operator-refused-by = refusé par { $who }
operator-decided = Décidé récemment
operator-nothing-decided = Rien n’a encore été décidé.
operator-denied-decided = Cela a déjà été décidé.
operator-denied-late = Cela attend depuis plus d’une semaine et doit être préparé de nouveau.
operator-denied-scope = Votre certificat n’y donne pas droit.
operator-denied-same = Vous l’avez préparé. Une autre personne doit donner son accord.
operator-prepared = Préparé. Une seconde personne doit donner son accord.
operator-prepared-before = La même demande attend déjà une seconde personne.
operator-kind-release = Remettre un fichier à la banque
operator-kind-suspend = Suspendre un marchand
operator-kind-reinstate = Rétablir un marchand
operator-kind-reveal = Dire qui est derrière un paiement
operator-reason-hint = Il reste dans le journal pour toujours. Rien de personnel.
operator-reason-missing = Dites pourquoi, en 5 à 300 caractères.

## Marchands et consommateurs

operator-search = Nom, adresse e-mail ou numéro de téléphone
operator-search-hint = Chaque recherche figure au journal.
operator-nobody = Il n’y a personne ici.
operator-active = actif
operator-is-suspended = suspendu
operator-accounts = Comptes
operator-no-accounts = Il n’y a pas de compte.
operator-credit-limit = Plafond de crédit
operator-reached = Au dossier
operator-has-email = Adresse e-mail
operator-has-bank = Compte bancaire
operator-has-callback = Rappel
operator-suspend = Suspendre
operator-reinstate = Rétablir
operator-prepare-suspend = Préparer la suspension
operator-prepare-reinstate = Préparer le rétablissement
operator-suspended = { $name } est suspendu.
operator-reinstated = { $name } peut agir de nouveau.
operator-invite = Nouvelle invitation
operator-invited = { $name } est invité
operator-invitation = Invitation
operator-invitation-why = Avec elle, { $name } s’inscrit une fois, jusqu’au { $until }. Elle n’est montrée qu’ici.
operator-admit = Admettre quelqu’un
operator-name-hint = Lettres minuscules, chiffres et traits d’union. C’est définitif.
operator-name-wrong = Un nom se compose de lettres minuscules, de chiffres et de traits d’union.
operator-name-taken = Ce nom est pris.
operator-kind = Quoi
operator-kind-merchant = Marchand
operator-kind-prepaid = Consommateur, verse d’abord
operator-kind-postpaid = Consommateur, reçoit une facture
operator-kind-wrong = Choisissez, avec une devise de trois lettres.
operator-limit-hint = Seulement pour ceux qui reçoivent une facture.
operator-limit-wrong = Ce n’est pas un montant au-dessus de zéro.
operator-reach = Adresse e-mail ou numéro de téléphone
operator-reach-hint = Où sont envoyés leurs codes de connexion et, par e-mail, leur courrier.
operator-reach-wrong = Ce n’est ni une adresse e-mail ni un numéro avec + et l’indicatif du pays.
operator-reach-taken = Quelqu’un d’autre y est déjà joint.
operator-holder = Titulaire du compte bancaire
operator-holder-wrong = Écrivez le nom du titulaire tel que la banque le connaît.
operator-iban = IBAN
operator-iban-hint = Où un marchand est payé. Les consommateurs donnent le leur eux-mêmes.
operator-iban-wrong = Ce n’est pas un IBAN.

## Grand livre

operator-find-payment = Commande, position ou compte
operator-find-payment-hint = L’identifiant d’une commande comme sur son reçu, ou un numéro du journal.
operator-system-accounts = Comptes du système
operator-moved = Mouvements
operator-account-sales = Ventes
operator-account-payments = Paiements depuis ce compte
operator-account-payouts = Versements
operator-account-fee = Commission
operator-no-payouts = Aucun versement pour l’instant.
operator-payment = Paiement
operator-nothing-so-far = Rien dans cette partie du journal. Remontez plus loin.
operator-nothing-moved = Aucun mouvement.
operator-how = Comment
operator-given-back = Remboursé
operator-captured = Prélevé
operator-settled = Réglé
operator-transfers = Écritures
operator-no-transfers = Aucune écriture.
operator-debit = Débit
operator-credit = Crédit
operator-receipt = Réponse signée

## Périodes

operator-periods-merchants = Marchands
operator-periods-consumers = Consommateurs facturés
operator-standing = Montant
operator-no-periods = Aucune période ouverte ne contient quoi que ce soit.
operator-close = Clôturer
operator-close-one = Clôturer cette période maintenant
operator-close-due = Clôturer ce qui est échu
operator-close-due-why = Toute période échue selon le calendrier, le montant ou l’âge est clôturée maintenant, pour marchands et consommateurs. Le serveur fait de même tout seul.
operator-close-why = Une période clôturée est une facture, un relevé ou un avis de versement signé, et ne se rouvre pas. C’est noté au journal d’audit.
operator-closed = Périodes clôturées
operator-closed-done = Ce qui était échu a été clôturé aussi. Voici le résultat.
operator-closed-nothing = Il n’y avait rien à clôturer.
operator-close-stuck = Ces comptes n’ont pas pu être clôturés ; nouvel essai la prochaine fois : { $accounts }
operator-closed-bills = Factures
operator-closed-asked = à payer
operator-closed-statements = Relevés
operator-closed-payouts = Avis de versement
operator-closed-credit-notes = Avoirs
operator-closed-transfers = Mouvements pris en compte

## Fichiers bancaires

operator-file = Fichier
operator-file-payouts = pain.001, versements
operator-file-collections = pain.008, prélèvements
operator-entries = Écritures
operator-total = Total
operator-digest = SHA-256
operator-no-files = Aucun fichier n’a encore été écrit.
operator-file-delivered = remis
operator-file-waits = attend deux personnes
operator-file-going = en route
operator-prepare-release = Préparer la remise
operator-release-hint = Ce qui a été vérifié. Le total et l’empreinte sont ajoutés.
operator-no-breaks = Tout ce que la banque a dit concorde.
operator-break = Écart { $number }
operator-bank-answer = Fichier de la banque
operator-line = Ligne
operator-resolve = Traité
operator-resolved = C’est noté comme traité.
operator-resolved-before = Quelqu’un l’a déjà traité.
operator-back-bearer = Qui le supporte
operator-back-choose = Choisissez qui le supporte.
operator-back-not-booked = Rien n’a été comptabilisé : { $why }.
operator-kind-back-merchant = Comptabiliser un paiement revenu : le commerçant le supporte, dans la limite de son compte
operator-kind-back-house = Comptabiliser un paiement revenu : à notre charge
operator-kind-back = Comptabiliser un retour d’argent

## Litiges

operator-disputes-why = Ce qui, selon des consommateurs, ne doit pas rester. Jusqu’à la décision, le montant est retenu sur les versements au marchand.
operator-no-disputes = Aucun litige n’attend de décision.
operator-dispute = Litige
operator-dispute-between = Marchand, et consommateur tel qu’il le connaît
operator-dispute-said = Ce que dit le consommateur
operator-dispute-open = attend une décision
operator-dispute-for-consumer = décidé pour le consommateur
operator-dispute-for-merchant = décidé pour le marchand
operator-dispute-decide = Préparer une décision
operator-dispute-decision = En faveur de qui
operator-dispute-choose = Choisissez en faveur de qui.
operator-dispute-decided = Ce litige a déjà été décidé.
operator-dispute-refunded = Tout a été remboursé entre-temps. Décidez en faveur du marchand.
operator-dispute-lacks = Le compte du marchand n’a que { $held }. Le litige reste ouvert ; redonnez votre accord quand il y aura davantage.
operator-kind-for-consumer = Décider un litige pour le consommateur : l’argent lui revient
operator-kind-for-merchant = Décider un litige pour le marchand : le paiement reste

## Systèmes externes

operator-pending = Sans réponse
operator-attempt = Tentative
operator-system = Système
operator-age = Depuis
operator-none-pending = Tous les systèmes ont répondu.
operator-systems-day = Ces dernières 24 heures
operator-pending-oldest = La plus ancienne
operator-last-answer = Dernière réponse
operator-no-answers = aucune
operator-answers-approved = Acceptées
operator-answers-declined = Refusées
operator-quiet = rien à répondre
operator-not-set-up = non configuré
operator-no-systems = Aucun système externe n’est configuré.
operator-answers-cut = Il y en a eu davantage : voici les { $count } réponses les plus récentes.

## Certificats

operator-serial = Numéro de série
operator-ends-soon = expire bientôt
operator-is-revoked = révoqué
operator-no-certificates = Aucun certificat n’est en vigueur.
operator-issued = Émise
operator-next-list = Prochaine au plus tard
operator-revoked-count = Révoqués
operator-published = Publiée dans la base

## Messages

operator-to-send = À envoyer
operator-none-late = rien n’est en retard
operator-oldest-due = en retard de { $span }
operator-none-dead = Rien n’a été abandonné.
operator-message = Message { $number }
operator-way = Par
operator-to = À
operator-tries = Essais
operator-fault = Dernière erreur
operator-resend = Renvoyer
operator-resent = Il sera renvoyé.
operator-resent-not = Il est encore à envoyer, ou n’existe pas.

## Règles

operator-aggregated-max = Agrégé au plus
operator-single-max = À l’unité au plus
operator-low-each = Sans authentification forte, chacun
operator-low-since = Sans authentification forte, au total
operator-postpaid-each = Facturé plus tard, chacun
operator-postpaid-month = Facturé plus tard, par mois
operator-stored-max = Sur un compte prépayé
operator-stored-anonymous = De même, pour une personne inconnue
operator-reloadable-anonymous = Une personne inconnue peut recharger
operator-remote-anonymous = Paiement d’une personne inconnue, au plus
operator-expires = Les bons expirent, en mois
operator-gift-max = Un coupon offert
operator-gifts = Coupons offerts par mois
operator-margin = Ajouté au cours de change, en millionièmes
operator-grants = Ce qui donne droit à quoi
operator-no-grants = Rien n’est permis : personne ne peut payer.
operator-terminal = Terminal
operator-method = Méthode
operator-strong = Forte
operator-policy-why = Des règles mises en vigueur par deux personnes valent aussitôt, sur chaque serveur. Les reçus nomment les règles appliquées ; aucune version n’est jamais modifiée.
operator-policy-number = version { $number }
operator-policy-configured = de la configuration de ce serveur
operator-policy-propose = Proposer d’autres règles
operator-policy-versions = En vigueur, maintenant et avant
operator-no-versions = Aucune version n’a encore été gardée.
operator-in-force-since = En vigueur depuis
operator-by = Par
operator-policy-by-two = { $one }, avec l’accord de { $two }
operator-policy-by-configuration = configuration d’un serveur
operator-policy-was = était en vigueur
operator-policy-proposed = proposée
operator-policy-outdated = D’autres règles sont entrées en vigueur depuis. Il faut proposer celles-ci à nouveau.
operator-policy-written = Écrite
operator-policy-changes = Ce qui change
operator-policy-setting = Réglage
operator-policy-before = Avant
operator-policy-after = Après
operator-policy-first = C’est la première version.
operator-policy-text = Toutes les règles
operator-policy-text-hint = Changez ce qui doit changer, et donnez-leur un nom nouveau : les reçus le montreront.
operator-policy-prepare = Proposer
operator-policy-wrong = Lecture impossible : { $reason }
operator-policy-currency = La monnaie ne peut pas changer : les comptes sont tenus dans celle-ci.
operator-policy-name-used = Des règles de ce nom ont déjà été en vigueur. Les reçus distinguent les règles par leur nom.
operator-policy-same = Rien ne changerait.
operator-policy-name = Nom des nouvelles règles
operator-policy-name-hint = Les reçus le montreront. Chaque version a son propre nom.
operator-policy-name-wrong = Un nom a 64 caractères au plus, sans barre oblique.
operator-policy-as-text = Proposer en texte
operator-policy-as-text-why = Ce qui donne droit à quoi, et les systèmes qui connaissent les coupons, sont des règles et non des limites : cela se change dans le texte.
operator-policy-amount-wrong = Ce n’est pas un montant. Écrivez par exemple 10,00 ; zéro veut dire jamais.
operator-policy-count-wrong = Ce n’est pas un nombre entier de { $least } à { $most }.
operator-policy-one-of-two = Indiquez la somme ou le nombre de paiements, pas les deux.
operator-group-payments = Chaque paiement
operator-group-low = Sans authentification forte
operator-group-postpaid = Facturé plus tard
operator-group-prepaid = Comptes prépayés
operator-group-exchange = Autres monnaies
operator-group-coupon = Coupons
operator-group-grant = { $terminal } avec { $method }
operator-low-count = Sans authentification forte, nombre de paiements
operator-quote-valid = Un cours proposé vaut, en secondes
operator-rate-age = Âge permis des cours déclarés, en jours
operator-restored = Ce qui est rendu à un coupon se dépense, en jours
operator-kind-policy = Mettre des règles en vigueur

## Risques

operator-risk-why = Commandes des dernières 24 heures. Un marchand ressort quand un cinquième d’au moins dix commandes échoue, quand un dixième des ventes est rendu, ou quand une vente sur cent est contestée.
operator-signs = Ressort
operator-sign-none = rien
operator-sign-refused = beaucoup d’échecs
operator-sign-given-back = beaucoup de remboursements
operator-sign-disputed = contestations
operator-sold = Vendues
operator-failed = Échouées
operator-disputed = Contestées
operator-no-orders = Rien n’a été commandé.
operator-refusals = Commandes refusées
operator-orders = Commandes
operator-no-risk = Aucune commande n’a été refusée.
operator-risk-of = Risques : { $name }
operator-unusual-sales = Ventes qui n’ont pas tenu
operator-no-unusual-sales = Toutes les ventes tiennent.
operator-pseudonym = Consommateur, tel que le marchand le connaît

## Identité derrière un paiement

operator-reveal-why = Marchands et opérateurs connaissent les consommateurs par pseudonymes. L’identité n’est révélée que pour un motif, à deux, pendant 24 heures ; chaque consultation figure au journal.
operator-order-hint = Comme sur le reçu.
operator-order-wrong = Ce n’est pas l’identifiant d’une commande.
operator-order-unknown = Il n’y a pas de paiement pour cette commande.
operator-ask = Demander à une seconde personne
operator-may-look = Vous pouvez consulter
operator-revealed = Qui c’était

## Journal des actes

operator-log-why = Chaque acte, avant et après. L’empreinte à clé de chaque entrée couvre la précédente : une entrée manquante se voit.
operator-check-log = Vérifier tout le journal
operator-log-whole = 
    { $count ->
        [one] { $count } acte, rien ne manque
       *[other] { $count } actes, rien ne manque
    }
operator-log-broken = rompu au numéro { $number }
operator-no-acts = Personne n’a encore rien fait.
operator-outcome-begun = commencé
operator-outcome-done = fait
operator-outcome-refused = refusé
operator-outcome-failed = échoué
