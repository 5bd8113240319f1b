SELECT * FROM shopping(5, 5, 90)
