//! How many addresses and numbers point at somebody: what the rewrite `pii` would replace.

use super::signals;
use crate::text::pii;

signals! {
    /// E-mail addresses, those of example domains (RFC 2606) left out: what the rewrite `pii` replaces by default.
    EmailCount "email_count" |doc| {
        let (text, mut count) = (doc.text(), 0u64);
        pii::emails(text, |range| {
            let domain = text[range].split_once('@').map_or("", |(_, domain)| domain);
            count += u64::from(!pii::is_reserved_domain(domain));
        });
        Some(count as f64)
    };

    /// IPv4 and IPv6 addresses of the whole internet (not of private networks): what the rewrite `pii` replaces by default.
    IpCount "ip_count" |doc| {
        let mut count = 0u64;
        pii::ipv4s(doc.text(), |_, address| count += u64::from(pii::is_global_v4(address)));
        pii::ipv6s(doc.text(), |_, address| count += u64::from(pii::is_global_v6(address)));
        Some(count as f64)
    };

    /// Telephone numbers, international or North American in form: what the rewrite `pii` replaces with `phone = true`.
    PhoneCount "phone_count" |doc| {
        let mut count = 0u64;
        pii::phones(doc.text(), |range, _| count += u64::from(!pii::is_fictional(doc.text()[range].bytes())));
        Some(count as f64)
    };
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn counts_by_hand() {
        let text = "bob@corp.de, x@example.com, 84.17.4.4, 10.0.0.1, 2a00:1450::1, +49 30 901820, 212-555-0123";
        for (name, count) in [("email_count", 1.0), ("ip_count", 2.0), ("phone_count", 1.0)] {
            assert_eq!(measured(name, text), Some(count), "{name}");
            assert_eq!(measured(name, ""), Some(0.0), "{name} of nothing");
        }
    }
}
