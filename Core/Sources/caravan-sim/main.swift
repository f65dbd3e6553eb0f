print("caravan-sim")
