//! Throwaway database servers: on free ports of the loopback, in a temporary folder, gone with this process.
//!
//! Whoever adds an engine writes one file like [`postgres`] with a type that implements [`Throwaway`], and names it in
//! `fleet::provide`. Starting goes in three steps, because of how the servers are bound to our life (see [`account`]):
//! data folders are made in parallel, the servers are then started by the main thread, and waited for together.

mod account;
mod certificates;
mod fleet;
mod folder;
mod given;
mod mariadb;
mod mysql;
mod mysql_packages;
mod mysql_protocol;
mod postgres;
mod process;
mod site;
mod tds;
mod throwaway;

pub(crate) use account::Account;
pub(crate) use fleet::{Fleet, Standing};
pub(crate) use site::{Maker, Site};
pub(crate) use throwaway::{Server, Throwaway};
