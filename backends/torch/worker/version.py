"""The version of the messages between vcycle and its worker, and of recordings of them."""

# Raised whenever a message changes its meaning; both ends must have the same version (`../messages.ts`).
VERSION = 2
