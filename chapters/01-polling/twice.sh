$PROGRAM $PORT || echo "status $?"
