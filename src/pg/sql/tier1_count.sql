-- How many there are: what was dropped leaves no other trace.
SELECT ns, count(*) FROM ({rows}) r GROUP BY ns
