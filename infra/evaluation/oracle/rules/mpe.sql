SELECT * FROM shopping(4, 4, 180) -- four practices, four pharmacies
