"""The rules a prescription must keep when it is issued: those that need no history.

One function per rule; its name is the rule's id in `law.yaml` with `_` for `-`. It says where the
rule is broken, the law says how grave that is and in which words. `all_rules.RULES` lists them.
"""
