//! What the pages say, in English and French. A sentence that one language lacks does not compile.

use payment_domain::Money;
use time::OffsetDateTime;

use crate::sales::Seat;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    French,
}

macro_rules! words {
    ($($name:ident: $en:literal, $fr:literal;)+) => {
        /// All sentences in one language.
        #[derive(Debug, Clone)]
        pub(crate) struct Words {
            pub(crate) language: Language,
            $(pub(crate) $name: &'static str,)+
        }

        static ENGLISH: Words = Words { language: Language::English, $($name: $en,)+ };
        static FRENCH: Words = Words { language: Language::French, $($name: $fr,)+ };

        #[cfg(test)]
        const PAIRS: &[(&str, &str, &str)] = &[$((stringify!($name), $en, $fr),)+];
    };
}

words! {
    portal: "Mobility in", "Mobilité à";
    welcome: "What do you need?", "De quoi avez-vous besoin ?";
    skip: "Skip to content", "Aller au contenu";
    services: "Services", "Services";
    parking: "Parking", "Stationnement";
    parking_about: "Pay for your zone, and add time from where you are.", "Payez votre zone, et prolongez d'où vous êtes.";
    tram: "Tram", "Tram";
    tram_ticket: "Tram ticket, one hour", "Billet de tram, une heure";
    tram_about: "One ticket for trams and the ferry. Valid for an hour from validation.", "Un billet pour les trams et le bac. Valable une heure dès la validation.";
    route: "Get there", "Itinéraire";
    route_about: "The way from A to B that arrives first.", "Le chemin de A à B qui arrive le premier.";
    nearby: "Around here", "Autour d'ici";
    nearby_about: "Departures, parking and places at a position.", "Départs, stationnement et lieux près d'une position.";
    concert: "Concert", "Concert";
    concert_about: "Saturday evening at the theatre.", "Samedi soir au théâtre.";
    gazette: "Gazette", "Gazette";
    gazette_about: "The town's paper, page by page.", "Le journal de la ville, page par page.";
    advantages: "Advantages", "Avantages";
    advantages_about: "Discounts by what interests you, if you like.", "Des réductions selon vos goûts, si vous le voulez.";
    purchases: "My purchases", "Mes achats";
    no_purchases: "Nothing yet. What you buy in this browser is listed here.", "Rien encore. Ce que vous achetez dans ce navigateur apparaît ici.";
    inspectors: "Ticket inspection", "Contrôle des billets";
    zone: "Zone", "Zone";
    zone_by_position: "Where I am (position below)", "Là où je suis (position ci-dessous)";
    position: "Position", "Position";
    position_hint: "Degrees north, degrees east: 46.2019,6.0061", "Degrés nord, degrés est : 46.2019,6.0061";
    plate: "Number plate", "Plaque";
    duration: "Duration", "Durée";
    minutes: "minutes", "minutes";
    half_hour: "Half an hour", "La demi-heure";
    pay_parking: "Continue to payment", "Continuer vers le paiement";
    add_time: "Add time", "Prolonger";
    parked_until: "Parked until", "Stationné jusqu'à";
    parking_ended: "The parking time has ended.", "Le temps de stationnement est écoulé.";
    extends: "This purchase adds time to another one.", "Cet achat prolonge un autre achat.";
    see_parking: "See the parking", "Voir le stationnement";
    buy_ticket: "Buy a ticket", "Acheter un billet";
    price: "Price", "Prix";
    from: "From", "De";
    to: "To", "À";
    from_position: "The position below", "La position ci-dessous";
    find_way: "Find the way", "Trouver le chemin";
    ask_nearby: "Tell me", "Dites-moi";
    starts: "Starts at", "Début à";
    seats: "Seats", "Places";
    how_many: "How many", "Combien";
    stalls: "Stalls", "Orchestre";
    balcony: "Balcony", "Balcon";
    left: "left", "restantes";
    sold_out: "Sold out", "Complet";
    buy_seats: "Take these seats", "Prendre ces places";
    seats_held: "Seats are kept for you for 15 minutes while you pay.", "Les places vous sont gardées 15 minutes pendant le paiement.";
    read_page: "Read for", "Lire pour";
    pay: "Pay", "Payer";
    not_now: "Not now", "Pas maintenant";
    waiting: "Waiting for payment", "En attente de paiement";
    waiting_about: "Nothing was paid yet. If you have just paid, this page knows in a moment.", "Rien n'est payé encore. Si vous venez de payer, cette page le saura dans un instant.";
    look_again: "Look again", "Regarder encore";
    cancelled: "Not bought", "Non acheté";
    cancelled_about: "You did not pay. Nothing was charged.", "Vous n'avez pas payé. Rien n'a été débité.";
    expired_about: "The time to pay has passed. Nothing was charged.", "Le temps pour payer est passé. Rien n'a été débité.";
    paid: "Paid", "Payé";
    paid_at: "Paid at", "Payé à";
    ticket_valid: "Valid", "Valable";
    ticket_code: "Ticket code", "Code du billet";
    ticket_about: "Show or type this code when you get on or go in. It counts once.", "Montrez ou tapez ce code en montant ou à l'entrée. Il compte une fois.";
    used: "Used", "Utilisé";
    used_at: "Used at", "Utilisé à";
    valid_until: "Valid until", "Valable jusqu'à";
    void_ticket: "Give back and refund", "Rendre et rembourser";
    returned: "Given back", "Rendu";
    refund_pending: "The refund is on its way.", "Le remboursement est en cours.";
    refund_done: "Refunded at", "Remboursé à";
    too_late: "The payment came too late and goes back to you.", "Le paiement est arrivé trop tard et vous est rendu.";
    leave: "Leave", "Départ";
    arrive: "Arrive", "Arrivée";
    walk_to: "Walk to", "À pied jusqu'à";
    walk_there: "Walk to your destination", "À pied jusqu'à destination";
    towards: "towards", "vers";
    no_way: "Nothing goes there before tomorrow night.", "Rien n'y va avant demain soir.";
    zone_here: "Parking zone", "Zone de stationnement";
    no_zone: "No paid parking here.", "Pas de stationnement payant ici.";
    stops_near: "Stops", "Arrêts";
    places_near: "Places", "Lieux";
    nothing_near: "Nothing within 600 metres.", "Rien à moins de 600 mètres.";
    no_departures: "no departure in the next two hours", "pas de départ dans les deux heures";
    interests: "What interests you?", "Qu'est-ce qui vous intéresse ?";
    interests_about: "Only this browser keeps your choice, in a cookie. Without it you see no offers.", "Seul ce navigateur garde votre choix, dans un cookie. Sans lui, aucune offre.";
    interest_culture: "Culture", "Culture";
    interest_car: "Driving", "Voiture";
    interest_transport: "Trams and boats", "Trams et bateaux";
    interest_news: "News", "Actualités";
    near_me: "Only near this position", "Seulement près de cette position";
    interests_of_mine: "Use what I told Meteore", "Utiliser ce que j'ai dit à Meteore";
    interests_of_mine_about: "You see there what this page would learn: what interests you, and not who you are.", "Vous y voyez ce que cette page apprendrait : ce qui vous intéresse, et pas qui vous êtes.";
    keep: "Show me offers", "Montrez-moi des offres";
    forget: "Forget my interests", "Oublier mes goûts";
    no_offers: "No offers for this choice at the moment.", "Pas d'offre pour ce choix en ce moment.";
    take_coupon: "Take the coupon", "Prendre le coupon";
    until: "until", "jusqu'au";
    inspect: "Check and use a ticket", "Contrôler et utiliser un billet";
    inspect_ok: "Good. It is used now.", "Bon. Il est utilisé maintenant.";
    inspect_unknown: "There is no such ticket.", "Ce billet n'existe pas.";
    inspect_used: "Refused: used before, at", "Refusé : déjà utilisé à";
    inspect_returned: "Refused: it was given back.", "Refusé : il a été rendu.";
    what_now: "Back to the start", "Retour au début";
    wrong_plate: "A plate has 2 to 12 letters and digits.", "Une plaque a de 2 à 12 lettres et chiffres.";
    wrong_position: "That is no position: write 46.2019,6.0061.", "Ce n'est pas une position : écrivez 46.2019,6.0061.";
    wrong_zone: "There is no paid parking at that place. Choose a zone.", "Pas de stationnement payant à cet endroit. Choisissez une zone.";
    wrong_choice: "Please choose one of what is offered.", "Choisissez une des possibilités.";
    not_found: "This page does not exist.", "Cette page n'existe pas.";
    too_many: "Too many purchases are waiting to be paid. Pay or cancel one first.", "Trop d'achats attendent leur paiement. Payez-en ou annulez-en un d'abord.";
    not_paid: "The payment could not be confirmed. If you were charged, it appears here by itself.", "Le paiement n'a pas pu être confirmé. Si vous avez été débité, il apparaîtra ici de lui-même.";
    payment_down: "The payment service does not answer. Nothing was charged. Please try again in a moment.", "Le service de paiement ne répond pas. Rien n'a été débité. Réessayez dans un instant.";
    forged: "This request came from another site and was not carried out.", "Cette demande vient d'un autre site et n'a pas été exécutée.";
    broken: "Something went wrong here. Please try again.", "Un problème est survenu ici. Veuillez réessayer.";
    sorry: "Sorry", "Désolé";
}

const MONTHS: [(&str, &str); 12] = [
    ("Jan", "janv."),
    ("Feb", "févr."),
    ("Mar", "mars"),
    ("Apr", "avr."),
    ("May", "mai"),
    ("Jun", "juin"),
    ("Jul", "juil."),
    ("Aug", "août"),
    ("Sep", "sept."),
    ("Oct", "oct."),
    ("Nov", "nov."),
    ("Dec", "déc."),
];

impl Language {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// Its own name for itself.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Français",
        }
    }

    pub(crate) fn parse(code: &str) -> Option<Self> {
        [Self::English, Self::French].into_iter().find(|language| language.code() == code)
    }

    /// The first of a browser's languages that is spoken here (RFC 9110 §12.5.4), in the order given: browsers sort it.
    pub(crate) fn negotiate(accepted: &str) -> Self {
        let primary = |range: &str| range.trim().get(..2).map(str::to_ascii_lowercase);
        accepted.split(',').find_map(|range| Self::parse(&primary(range)?)).unwrap_or(Self::English)
    }
}

impl Words {
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
        }
    }

    pub(crate) const fn seat(&self, seat: Seat) -> &'static str {
        match seat {
            Seat::Stalls => self.stalls,
            Seat::Balcony => self.balcony,
        }
    }

    pub(crate) fn interest(&self, interest: &str) -> &'static str {
        match interest {
            "culture" => self.interest_culture,
            "car" => self.interest_car,
            "transport" => self.interest_transport,
            _ => self.interest_news,
        }
    }

    /// `€2.40`, `2,40 €`: as many decimals as the amount has.
    pub(crate) fn money(&self, money: Money) -> String {
        let decimal = money.decimal();
        match self.language {
            Language::English => format!("€{decimal}"),
            Language::French => format!("{} €", decimal.replace('.', ",")),
        }
    }

    /// `14:05`.
    pub(crate) fn clock(&self, at: OffsetDateTime) -> String {
        format!("{:02}:{:02}", at.hour(), at.minute())
    }

    /// `21 Nov 2026, 14:05`.
    pub(crate) fn moment(&self, at: OffsetDateTime) -> String {
        let (en, fr) =
            MONTHS.get(usize::from(u8::from(at.month())).saturating_sub(1)).copied().unwrap_or_default();
        let month = match self.language {
            Language::English => en,
            Language::French => fr,
        };
        format!("{} {month} {}, {}", at.day(), at.year(), self.clock(at))
    }
}

#[cfg(test)]
mod tests {
    use payment_domain::Currency;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn every_sentence_is_there_in_both_languages() {
        for (name, en, fr) in PAIRS {
            assert!(!en.is_empty() && !fr.is_empty(), "{name}");
            assert_eq!(en.ends_with('.'), fr.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn amounts_and_times_are_written_as_the_language_does() {
        let (en, fr) = (Words::of(Language::English), Words::of(Language::French));
        let money = |text| Money::parse(text, Currency::EUR).unwrap();
        assert_eq!(
            (en.money(money("0.002")), fr.money(money("45"))),
            ("€0.002".to_owned(), "45,00 €".to_owned())
        );
        let at = datetime!(2026-08-03 09:05 UTC);
        assert_eq!(
            (en.moment(at), fr.moment(at)),
            ("3 Aug 2026, 09:05".to_owned(), "3 août 2026, 09:05".to_owned())
        );
    }

    #[test]
    fn a_browser_gets_its_first_language_that_is_spoken_here() {
        for (accepted, language) in [
            ("fr-FR,fr;q=0.9,en;q=0.8", Language::French),
            ("de-AT, FR;q=0.5", Language::French),
            ("de", Language::English),
            ("", Language::English),
            ("é", Language::English),
        ] {
            assert_eq!(Language::negotiate(accepted), language, "{accepted}");
        }
    }
}
