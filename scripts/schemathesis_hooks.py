"""What Schemathesis is to know beside the description: how to send the media type of tus, which are bytes as they are."""

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
