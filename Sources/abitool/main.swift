print("abitool")
