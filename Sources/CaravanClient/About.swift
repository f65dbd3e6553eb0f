// CaravanClient
