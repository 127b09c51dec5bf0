public enum CouchStandIn {}
