"""The Kafka broker of a local network, and the topics on any Kafka."""
