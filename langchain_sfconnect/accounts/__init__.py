"""Connected accounts: their values, their status, their tokens, and how they come and go."""
