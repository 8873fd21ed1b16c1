//! Recognisers by shape: what needs no label to be told for what it is.
//!
//! Each gives candidates with their code points, in order. They lean to precision: a number that may as well be a date,
//! a price or an article number is left out. Which candidate belongs to the subject is for others to say.

mod address;
mod codes;
mod contact;
mod legal;
mod regions;

pub use address::{CityLine, PostalCode, Street, city_lines, postal_codes, streets};
pub use codes::{Code, VatId, gtins, isbns, vat_ids};
pub use contact::{Email, Line, Telephone, emails, telephones};
pub use legal::{Copyright, LegalName, copyrights, legal_names};
pub use regions::{Region, countries, region};

pub(crate) use legal::without_legal_form;
