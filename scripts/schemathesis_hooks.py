"""What Schemathesis needs to know besides the description: how to send the media type of tus, which is plain bytes."""

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
