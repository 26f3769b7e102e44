curl -si -X POST "http://127.0.0.1:$PORT/news?text=tea+is+ready"
echo ---
curl -si "http://127.0.0.1:$PORT/news?since=0"
