"""What regulators ask of cases and rules, and the decisions they take."""
