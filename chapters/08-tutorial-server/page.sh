curl -si "http://127.0.0.1:$PORT/" | head -n 4
