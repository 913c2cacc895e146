"""Tables: records as a person reads them, and the page of shared results."""
