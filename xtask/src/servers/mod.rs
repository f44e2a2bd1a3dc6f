//! Throwaway database servers: on free ports of the loopback, in a temporary folder, gone with this process.
//!
//! The tests are told by the environment, for an engine E of POSTGRES, MARIADB, MYSQL:
//!
//! - `MIGRATE_TEST_<E>_URL`: the superuser's URL. `root` or `postgres` with a random password, over TCP.
//! - `MIGRATE_TEST_<E>_LOG`: the file where the server logs every statement that it receives. `PostgreSQL` starts a line
//!   with time, `[pid]`, database and application name; the others write their general log.
//! - `MIGRATE_TEST_<E>_CA`: the certificate authority of the server's certificate, which names `localhost` and 127.0.0.1.
//!   Not set where this machine has no `openssl`.
//! - `MIGRATE_TEST_REQUIRED`: the engines that stand, as in `postgres,mariadb,sqlite`. A test of one of them must not
//!   skip itself.
//!
//! Whoever adds an engine writes one file like [`postgres`] with a type that implements [`Throwaway`], and names it in
//! `fleet::provide`. Starting goes in three steps, because of how the servers are bound to our life (see [`account`]):
//! data folders are made in parallel, the servers are then started by the main thread, and waited for together.

mod account;
mod certificates;
mod clients;
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
