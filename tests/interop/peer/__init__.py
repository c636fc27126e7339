"""An IKEv1 peer written from RFC 2407, 2408 and 2409, without a look at the daemon that it tests."""
