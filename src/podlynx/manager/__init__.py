"""The manager: takes events in, keeps them, answers the API, streams alerts live and serves the web page."""
