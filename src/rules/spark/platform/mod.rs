//! Drivers, executors, and what surrounds them.

mod agreement;
mod buckets;
mod classes;
mod clients;
mod connect;
mod driver;
mod executors;
mod gpu;
mod logs;
mod master;
mod metastore;
mod monitors;
mod ports;
mod rights;
mod standalone;
mod store;
mod template;
mod trust;
mod view;

use crate::rules::Problem;
use crate::rules::set::Subject;

/// Every rule about the platform.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for topic in [
        master::check,
        driver::check,
        ports::check,
        connect::check,
        rights::check,
        executors::check,
        template::check,
        gpu::check,
        classes::check,
        logs::check,
        store::check,
        trust::check,
        agreement::check,
        buckets::check,
        metastore::check,
        standalone::check,
        clients::check,
        monitors::check,
    ] {
        topic(subject, problems);
    }
}
