"""Events in OpenSearch 2 and 3 or Elasticsearch 7 and 8, over plain HTTP: the official clients refuse each other's engines."""
