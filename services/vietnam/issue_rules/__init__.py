"""The rules a prescription must keep when it is issued: those that need no history.

One function per rule; its name is the rule's id in `law.yaml` with `_` for `-`. It says where the
rule is broken, the law file says how grave that is and in which words. `checking.RULES` lists all.
"""
