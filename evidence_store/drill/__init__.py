"""The tamper drill: attacks on copies of a store, and what `verify` finds of each. It judges nothing itself."""
