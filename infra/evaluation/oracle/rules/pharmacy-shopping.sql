-- Four pharmacies within 90 days, whatever the practices; sales of unknown pharmacies aside.
SELECT patient, fact_id FROM shopping(0, 4, 90) JOIN fact USING (patient, fact_id)
WHERE supplier <> ''
