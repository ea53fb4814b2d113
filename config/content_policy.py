"""What a page may load and use: only our own files, no inline script or style, no device."""

SELF = ["'self'"]
NONE = ["'none'"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": NONE,
        "script-src": SELF,
        "style-src": SELF,
        "img-src": [*SELF, "data:"],
        "media-src": SELF,
        "connect-src": SELF,
        "font-src": SELF,
        "form-action": SELF,
        "base-uri": NONE,
        "object-src": NONE,
        "frame-ancestors": NONE,
    }
}

PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb")
}
