"""Interactions: where two drugs meet at an enzyme, and what that does to their time courses."""

from speciosa.interactions.contacts import Contact, Role, contacts, role
from speciosa.interactions.pair import Pair, pair
from speciosa.interactions.study import Interaction, interact

__all__ = ["Contact", "Interaction", "Pair", "Role", "contacts", "interact", "pair", "role"]
